-- How hard an area is, by decision and period: the province lowers what it asks of who works in the harder ones.
CREATE TABLE unit_zones (
    version_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    unit_id uuid NOT NULL,
    during daterange NOT NULL,
    zone text NOT NULL,
    decision_number text NOT NULL,
    decided_on date,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT unit_zones_pkey PRIMARY KEY (version_id),
    CONSTRAINT unit_zones_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT unit_zones_version_check CHECK (version >= 1),
    CONSTRAINT unit_zones_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT unit_zones_zone_check CHECK (zone IN ('i', 'ii', 'iii')),
    CONSTRAINT unit_zones_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by) IN (0, 2)),
    CONSTRAINT unit_zones_one_at_a_time EXCLUDE USING gist (unit_id WITH =, during WITH &&) WHERE (superseded_at IS NULL)
);
CREATE UNIQUE INDEX unit_zones_current_id_idx ON unit_zones (id) WHERE superseded_at IS NULL;
CREATE INDEX unit_zones_unit_id_idx ON unit_zones (unit_id);
CREATE INDEX unit_zones_zone_idx ON unit_zones (zone, unit_id) WHERE superseded_at IS NULL;
COMMENT ON TABLE unit_zones IS 'Khu vực I, II, III: in which zone an administrative unit is, and when. A correction supersedes the row and writes a new one with the same id.';
COMMENT ON COLUMN unit_zones.supersede_reason IS 'Null: none was given, or it was taken back.';
