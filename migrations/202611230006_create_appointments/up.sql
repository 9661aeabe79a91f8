-- Who holds what when: the two promises of the whole service are the two exclusion constraints.
CREATE TABLE appointments (
    version_id uuid NOT NULL,
    id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    cadre_name text NOT NULL,
    post_id uuid NOT NULL,
    during daterange NOT NULL,
    full_time boolean NOT NULL,
    basis text NOT NULL,
    decision_number text,
    decided_on date,
    end_reason text,
    rotation_id uuid,
    ended_by_rotation_id uuid,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT appointments_pkey PRIMARY KEY (version_id),
    CONSTRAINT appointments_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT appointments_post_id_fkey FOREIGN KEY (post_id) REFERENCES posts (id),
    CONSTRAINT appointments_basis_check CHECK (basis IN ('appointed', 'designated', 'elected', 'rotated', 'transferred', 'seconded', 'assigned')),
    CONSTRAINT appointments_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT appointments_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3)),
    CONSTRAINT appointments_one_holder_per_post EXCLUDE USING gist (post_id WITH =, during WITH &&) WHERE (superseded_at IS NULL),
    CONSTRAINT appointments_one_full_time_post EXCLUDE USING gist (cadre_id WITH =, during WITH &&) WHERE (superseded_at IS NULL AND full_time)
);
CREATE UNIQUE INDEX appointments_current_id_idx ON appointments (id) WHERE superseded_at IS NULL;
CREATE INDEX appointments_newest_idx ON appointments (lower(during) DESC, id DESC) WHERE superseded_at IS NULL;
CREATE INDEX appointments_id_idx ON appointments (id);
CREATE INDEX appointments_cadre_id_idx ON appointments (cadre_id);
CREATE INDEX appointments_post_id_idx ON appointments (post_id);
CREATE INDEX appointments_rotation_id_idx ON appointments (rotation_id);
CREATE INDEX appointments_ended_by_rotation_id_idx ON appointments (ended_by_rotation_id);
COMMENT ON TABLE appointments IS 'Who holds which post when. A change supersedes the row (superseded_at) and writes a new one with the same id, so that what was known on a day can be read again.';
COMMENT ON COLUMN appointments.id IS 'The appointment, the same over all its versions.';
COMMENT ON COLUMN appointments.cadre_name IS 'The holder''s name, kept equal to the cadre record.';
COMMENT ON COLUMN appointments.rotation_id IS 'The case that opened the appointment.';
COMMENT ON COLUMN appointments.ended_by_rotation_id IS 'The case that ended it.';
