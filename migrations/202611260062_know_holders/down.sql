ALTER TABLE appointments DROP CONSTRAINT appointments_cadre_sex_check;
ALTER TABLE appointments DROP COLUMN cadre_sex;
ALTER TABLE appointments DROP COLUMN cadre_born_on;
