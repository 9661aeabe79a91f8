ALTER TABLE appointments DROP CONSTRAINT appointments_ended_by_rotation_id_fkey;
ALTER TABLE appointments DROP CONSTRAINT appointments_rotation_id_fkey;
DROP TABLE rotation_moves;
DROP TABLE rotations;
