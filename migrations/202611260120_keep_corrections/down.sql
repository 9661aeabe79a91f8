ALTER TABLE appointments DROP COLUMN version;
ALTER TABLE plannings DROP COLUMN entry_id, DROP COLUMN version;
-- Without versions there is one row per course result: the current one.
UPDATE qualifications SET enrolment_id = NULL WHERE superseded_at IS NOT NULL;
DROP INDEX qualifications_enrolment_id_idx;
DROP INDEX qualifications_enrolment_id_key;
ALTER TABLE qualifications ADD CONSTRAINT qualifications_enrolment_id_key UNIQUE (enrolment_id);
ALTER TABLE qualifications DROP COLUMN entry_id, DROP COLUMN version;
ALTER TABLE cadres DROP COLUMN updated_by;
DROP TABLE cadre_versions;
