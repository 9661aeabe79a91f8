-- Who is in charge of a post while nobody holds it.
CREATE TABLE stand_ins (
    id uuid NOT NULL,
    post_id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    cadre_name text NOT NULL,
    from_day date NOT NULL,
    rotation_id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    CONSTRAINT stand_ins_pkey PRIMARY KEY (id),
    CONSTRAINT stand_ins_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id),
    CONSTRAINT stand_ins_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT stand_ins_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT stand_ins_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by) IN (0, 2))
);
CREATE INDEX stand_ins_post_id_idx ON stand_ins (post_id, from_day);
CREATE INDEX stand_ins_cadre_id_idx ON stand_ins (cadre_id);
CREATE INDEX stand_ins_rotation_id_idx ON stand_ins (rotation_id);
COMMENT ON TABLE stand_ins IS 'Phụ trách: who is in charge of a post from a day on, as a case decided it, until somebody comes to hold the post.';
COMMENT ON COLUMN stand_ins.cadre_name IS 'The person''s name, kept equal to the cadre record.';

ALTER TABLE rotation_moves
    ADD COLUMN stand_in_id uuid,
    ADD CONSTRAINT rotation_moves_stand_in_id_fkey FOREIGN KEY (stand_in_id) REFERENCES cadres (id),
    ADD CONSTRAINT rotation_moves_stand_in_check CHECK (stand_in_id IS NULL OR from_post_id IS NOT NULL AND stand_in_id <> cadre_id);
CREATE INDEX rotation_moves_stand_in_id_idx ON rotation_moves (stand_in_id);
COMMENT ON COLUMN rotation_moves.stand_in_id IS 'Who is in charge of the post that is left, until somebody comes to it.';
