ALTER TABLE rotations
    DROP COLUMN compensates_id;
