ALTER TABLE qualifications DROP CONSTRAINT qualifications_enrolment_id_fkey;
DROP TABLE enrolments;
DROP TABLE courses;
DROP TABLE programmes;
