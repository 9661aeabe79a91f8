-- What the people of a case were held against when it was decided, and what came of it.
CREATE TABLE rotation_verdicts (
    rotation_id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    inputs text NOT NULL,
    assessment text NOT NULL,
    judged_at timestamptz NOT NULL,
    CONSTRAINT rotation_verdicts_pkey PRIMARY KEY (rotation_id, cadre_id),
    CONSTRAINT rotation_verdicts_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT rotation_verdicts_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id)
);
CREATE INDEX rotation_verdicts_cadre_id_idx ON rotation_verdicts (cadre_id);
COMMENT ON TABLE rotation_verdicts IS 'The verdict on each person of a decided case: never changed, so that it can be replayed.';
COMMENT ON COLUMN rotation_verdicts.inputs IS 'Everything compared, canonical JSON: text, since its bytes count.';
COMMENT ON COLUMN rotation_verdicts.assessment IS 'What the inputs gave, canonical JSON.';
