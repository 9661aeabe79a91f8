-- Rotation cases: linked moves, decided together, effective on one day.
CREATE TABLE rotations (
    id uuid NOT NULL,
    number text NOT NULL,
    subject text NOT NULL,
    unit_id uuid NOT NULL,
    state text NOT NULL,
    effective_from date NOT NULL,
    prepared_by uuid NOT NULL,
    prepared_at timestamptz NOT NULL,
    decision_number text,
    decision_issuer text,
    decided_on date,
    decided_by uuid,
    decided_at timestamptz,
    took_effect_at timestamptz,
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    withdrawn_reason text,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT rotations_pkey PRIMARY KEY (id),
    CONSTRAINT rotations_number_key UNIQUE (number),
    CONSTRAINT rotations_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT rotations_state_check CHECK (state IN ('prepared', 'decided', 'effective', 'withdrawn')),
    CONSTRAINT rotations_decision_check CHECK (num_nonnulls(decision_number, decision_issuer, decided_on, decided_by, decided_at) IN (0, 5)),
    CONSTRAINT rotations_decided_check CHECK (state NOT IN ('decided', 'effective') OR decided_at IS NOT NULL),
    CONSTRAINT rotations_effective_check CHECK ((state = 'effective') = (took_effect_at IS NOT NULL)),
    CONSTRAINT rotations_withdrawn_check CHECK ((state = 'withdrawn') = (withdrawn_at IS NOT NULL)),
    CONSTRAINT rotations_two_people_check CHECK (decided_by <> prepared_by)
);
CREATE INDEX rotations_unit_id_idx ON rotations (unit_id);
CREATE INDEX rotations_effective_from_idx ON rotations (effective_from DESC, id DESC);
CREATE INDEX rotations_due_idx ON rotations (effective_from) WHERE state = 'decided';
COMMENT ON TABLE rotations IS 'One case: prepared, decided, effective on its day, or withdrawn before it.';
COMMENT ON COLUMN rotations.prepared_by IS 'Account or client that prepared the case; it may not decide it.';

CREATE TABLE rotation_moves (
    id uuid NOT NULL,
    rotation_id uuid NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    direction text NOT NULL,
    cadre_id uuid NOT NULL,
    from_post_id uuid,
    to_post_id uuid NOT NULL,
    expected_end_on date,
    reason text,
    CONSTRAINT rotation_moves_pkey PRIMARY KEY (id),
    CONSTRAINT rotation_moves_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT rotation_moves_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT rotation_moves_from_post_id_fkey FOREIGN KEY (from_post_id) REFERENCES posts (id),
    CONSTRAINT rotation_moves_to_post_id_fkey FOREIGN KEY (to_post_id) REFERENCES posts (id),
    CONSTRAINT rotation_moves_position_key UNIQUE (rotation_id, position),
    CONSTRAINT rotation_moves_person_key UNIQUE (rotation_id, cadre_id),
    CONSTRAINT rotation_moves_to_post_key UNIQUE (rotation_id, to_post_id),
    CONSTRAINT rotation_moves_kind_check CHECK (kind IN ('rotation', 'transfer', 'secondment', 'change_of_position', 'appointment')),
    CONSTRAINT rotation_moves_direction_check CHECK (direction IN ('down', 'up', 'sideways', 'entry')),
    CONSTRAINT rotation_moves_entry_check CHECK ((direction = 'entry') = (from_post_id IS NULL))
);
CREATE INDEX rotation_moves_cadre_id_idx ON rotation_moves (cadre_id);
CREATE INDEX rotation_moves_from_post_id_idx ON rotation_moves (from_post_id);
CREATE INDEX rotation_moves_to_post_id_idx ON rotation_moves (to_post_id);
COMMENT ON TABLE rotation_moves IS 'One person leaving one post (none when entering from outside) and entering another.';
COMMENT ON COLUMN rotation_moves.expected_end_on IS 'Last day expected at the post entered.';

ALTER TABLE appointments ADD CONSTRAINT appointments_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id);
ALTER TABLE appointments ADD CONSTRAINT appointments_ended_by_rotation_id_fkey FOREIGN KEY (ended_by_rotation_id) REFERENCES rotations (id);
