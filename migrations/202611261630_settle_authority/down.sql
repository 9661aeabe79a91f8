DROP TABLE rotation_signatures;
DROP TABLE delegations;
DROP TABLE appointing_authorities;
