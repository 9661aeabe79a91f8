DELETE FROM regulations WHERE superseded_at IS NOT NULL;
DROP INDEX regulations_id_idx;
DROP INDEX regulations_current_id_idx;
ALTER TABLE regulations DROP CONSTRAINT regulations_superseded_check;
ALTER TABLE regulations DROP CONSTRAINT regulations_confirmed_check;
ALTER TABLE regulations DROP CONSTRAINT regulations_one_at_a_time;
ALTER TABLE regulations ADD CONSTRAINT regulations_one_at_a_time EXCLUDE USING gist (key WITH =, during WITH &&);
ALTER TABLE regulations DROP CONSTRAINT regulations_pkey;
ALTER TABLE regulations ADD CONSTRAINT regulations_pkey PRIMARY KEY (id);
ALTER TABLE regulations
    DROP COLUMN version_id,
    DROP COLUMN version,
    DROP COLUMN recorded_by,
    DROP COLUMN confirmed_against,
    DROP COLUMN confirmed_on,
    DROP COLUMN confirmed_at,
    DROP COLUMN confirmed_by,
    DROP COLUMN superseded_at,
    DROP COLUMN superseded_by,
    DROP COLUMN supersede_reason;
ALTER TABLE regulations RENAME COLUMN recorded_at TO created_at;
COMMENT ON COLUMN regulations.id IS NULL;
