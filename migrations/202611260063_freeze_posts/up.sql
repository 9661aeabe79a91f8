-- Posts whose filling is suspended, and moves that the authority decides as special cases all the same.
CREATE TABLE post_freezes (
    version_id uuid NOT NULL,
    id uuid NOT NULL,
    post_id uuid NOT NULL,
    during daterange NOT NULL,
    reason text NOT NULL,
    decision_number text,
    decided_on date,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT post_freezes_pkey PRIMARY KEY (version_id),
    CONSTRAINT post_freezes_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id),
    CONSTRAINT post_freezes_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT post_freezes_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3)),
    CONSTRAINT post_freezes_one_at_a_time EXCLUDE USING gist (post_id WITH =, during WITH &&) WHERE (superseded_at IS NULL)
);
CREATE UNIQUE INDEX post_freezes_current_id_idx ON post_freezes (id) WHERE superseded_at IS NULL;
CREATE INDEX post_freezes_post_id_idx ON post_freezes (post_id);
COMMENT ON TABLE post_freezes IS 'Tạm dừng bổ nhiệm: on these days nobody comes to the post but by a special case. An end supersedes the row and writes a new one with the same id.';
ALTER TABLE rotation_moves ADD COLUMN special_case boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN rotation_moves.special_case IS 'Decided although the post is frozen.';
