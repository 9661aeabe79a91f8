ALTER TABLE rotation_moves
    DROP CONSTRAINT rotation_moves_to_outside_check,
    DROP CONSTRAINT rotation_moves_from_outside_check,
    DROP CONSTRAINT rotation_moves_exit_check,
    DROP CONSTRAINT rotation_moves_direction_check,
    ADD CONSTRAINT rotation_moves_direction_check CHECK (direction IN ('down', 'up', 'sideways', 'entry')),
    DROP COLUMN to_outside,
    DROP COLUMN from_outside,
    ALTER COLUMN to_post_id SET NOT NULL;
COMMENT ON COLUMN rotation_moves.to_post_id IS NULL;
