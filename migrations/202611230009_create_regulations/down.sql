DROP TABLE regulations;
