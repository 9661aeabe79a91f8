DROP TABLE plannings;
DROP TABLE qualifications;
ALTER TABLE accounts DROP CONSTRAINT accounts_cadre_id_key;
ALTER TABLE accounts DROP CONSTRAINT accounts_cadre_id_fkey;
DROP TABLE cadres;
