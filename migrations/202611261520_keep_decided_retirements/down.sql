DROP TABLE decided_retirements;
