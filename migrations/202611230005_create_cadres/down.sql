DROP TABLE plannings;
DROP TABLE qualifications;
DROP INDEX accounts_cadre_id_idx;
ALTER TABLE accounts DROP CONSTRAINT accounts_cadre_id_fkey;
DROP TABLE cadres;
