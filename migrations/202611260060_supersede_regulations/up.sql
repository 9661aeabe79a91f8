-- A value of law is confirmed and superseded, never overwritten: what was known on a day can be read again.
ALTER TABLE regulations RENAME COLUMN created_at TO recorded_at;
ALTER TABLE regulations
    ADD COLUMN version_id uuid,
    ADD COLUMN version integer NOT NULL DEFAULT 1,
    ADD COLUMN recorded_by text NOT NULL DEFAULT 'canbo',
    ADD COLUMN confirmed_against text,
    ADD COLUMN confirmed_on date,
    ADD COLUMN confirmed_at timestamptz,
    ADD COLUMN confirmed_by text,
    ADD COLUMN superseded_at timestamptz,
    ADD COLUMN superseded_by text,
    ADD COLUMN supersede_reason text;
UPDATE regulations SET version_id = id;
ALTER TABLE regulations ALTER COLUMN version_id SET NOT NULL;
ALTER TABLE regulations ALTER COLUMN recorded_by DROP DEFAULT;
ALTER TABLE regulations DROP CONSTRAINT regulations_pkey;
ALTER TABLE regulations ADD CONSTRAINT regulations_pkey PRIMARY KEY (version_id);
ALTER TABLE regulations DROP CONSTRAINT regulations_one_at_a_time;
ALTER TABLE regulations ADD CONSTRAINT regulations_one_at_a_time EXCLUDE USING gist (key WITH =, during WITH &&) WHERE (superseded_at IS NULL);
ALTER TABLE regulations ADD CONSTRAINT regulations_confirmed_check
    CHECK (num_nonnulls(confirmed_against, confirmed_on, confirmed_at, confirmed_by) = CASE WHEN confirmed THEN 4 ELSE 0 END);
ALTER TABLE regulations ADD CONSTRAINT regulations_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3));
CREATE UNIQUE INDEX regulations_current_id_idx ON regulations (id) WHERE superseded_at IS NULL;
CREATE INDEX regulations_id_idx ON regulations (id);
COMMENT ON COLUMN regulations.id IS 'The value of a key over a period, the same over all its versions.';
COMMENT ON COLUMN regulations.confirmed_against IS 'The official text that the value was compared with.';
COMMENT ON COLUMN regulations.confirmed_on IS 'The day of that comparison.';
