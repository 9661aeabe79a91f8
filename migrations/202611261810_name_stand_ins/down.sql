ALTER TABLE rotation_moves
    DROP COLUMN stand_in_id;

DROP TABLE stand_ins;
