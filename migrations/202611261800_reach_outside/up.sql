-- Moves that come from outside the province or go there.
ALTER TABLE rotation_moves
    ALTER COLUMN to_post_id DROP NOT NULL,
    ADD COLUMN from_outside text,
    ADD COLUMN to_outside text,
    DROP CONSTRAINT rotation_moves_direction_check,
    ADD CONSTRAINT rotation_moves_direction_check CHECK (direction IN ('down', 'up', 'sideways', 'entry', 'exit')),
    ADD CONSTRAINT rotation_moves_exit_check CHECK ((direction = 'exit') = (to_post_id IS NULL)),
    ADD CONSTRAINT rotation_moves_from_outside_check CHECK (from_outside IS NULL OR from_post_id IS NULL),
    ADD CONSTRAINT rotation_moves_to_outside_check CHECK ((to_outside IS NULL) = (to_post_id IS NOT NULL));
COMMENT ON COLUMN rotation_moves.from_outside IS 'The body outside the province that a person comes from.';
COMMENT ON COLUMN rotation_moves.to_outside IS 'The body outside the province that a person goes to.';
COMMENT ON COLUMN rotation_moves.to_post_id IS 'The post that is entered; null: the person goes outside.';
