-- When a holder is to retire depends on birth and sex: an appointment keeps both equal to the cadre record, as it does the name.
ALTER TABLE appointments ADD COLUMN cadre_born_on date;
ALTER TABLE appointments ADD COLUMN cadre_sex text;
UPDATE appointments SET cadre_born_on = cadres.born_on, cadre_sex = cadres.sex FROM cadres WHERE cadres.id = appointments.cadre_id;
ALTER TABLE appointments ADD CONSTRAINT appointments_cadre_sex_check CHECK (cadre_sex IN ('male', 'female'));
COMMENT ON COLUMN appointments.cadre_born_on IS 'The holder''s day of birth, kept equal to the cadre record.';
COMMENT ON COLUMN appointments.cadre_sex IS 'The holder''s sex, kept equal to the cadre record.';
