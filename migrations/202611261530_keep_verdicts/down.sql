DROP TABLE rotation_verdicts;
