-- Corrections of what has tables of its own: what was recorded stays readable as what was known before.
CREATE TABLE cadre_versions (
    cadre_id uuid NOT NULL,
    version integer NOT NULL,
    personal_number text,
    full_name text NOT NULL,
    sex text NOT NULL,
    born_on date NOT NULL,
    ethnic_group text NOT NULL,
    religion text,
    native_place text,
    party_joined_on date,
    recruited_on date,
    unit_id uuid NOT NULL,
    status text NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by text,
    superseded_at timestamptz NOT NULL,
    superseded_by text NOT NULL,
    supersede_reason text,
    CONSTRAINT cadre_versions_pkey PRIMARY KEY (cadre_id, version),
    CONSTRAINT cadre_versions_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT cadre_versions_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id)
);
CREATE INDEX cadre_versions_unit_id_idx ON cadre_versions (unit_id);
COMMENT ON TABLE cadre_versions IS 'Cadre records as they were before a change: one row per version that is no longer current.';
COMMENT ON COLUMN cadre_versions.recorded_by IS 'Null: recorded before canbo kept it here; the audit record knows.';

ALTER TABLE cadres ADD COLUMN updated_by text;
COMMENT ON COLUMN cadres.updated_by IS 'Who recorded it as it is; null: before canbo kept it here.';

ALTER TABLE qualifications ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE qualifications ADD COLUMN entry_id uuid;
ALTER TABLE qualifications ADD CONSTRAINT qualifications_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES qualifications (id);
ALTER TABLE qualifications ADD CONSTRAINT qualifications_entry_id_check CHECK ((entry_id IS NULL) = (version = 1));
CREATE INDEX qualifications_entry_id_idx ON qualifications (entry_id);
ALTER TABLE qualifications DROP CONSTRAINT qualifications_enrolment_id_key;
CREATE UNIQUE INDEX qualifications_enrolment_id_key ON qualifications (enrolment_id) WHERE superseded_at IS NULL;
CREATE INDEX qualifications_enrolment_id_idx ON qualifications (enrolment_id);
COMMENT ON COLUMN qualifications.entry_id IS 'The first version of the qualification, whose id is that of the qualification; null: it is that one.';

ALTER TABLE plannings ADD COLUMN version integer NOT NULL DEFAULT 1;
ALTER TABLE plannings ADD COLUMN entry_id uuid;
ALTER TABLE plannings ADD CONSTRAINT plannings_entry_id_fkey FOREIGN KEY (entry_id) REFERENCES plannings (id);
ALTER TABLE plannings ADD CONSTRAINT plannings_entry_id_check CHECK ((entry_id IS NULL) = (version = 1));
CREATE INDEX plannings_entry_id_idx ON plannings (entry_id);
COMMENT ON COLUMN plannings.entry_id IS 'The first version of the planning, whose id is that of the planning; null: it is that one.';

ALTER TABLE appointments ADD COLUMN version integer NOT NULL DEFAULT 1;
COMMENT ON COLUMN appointments.version IS 'Counts the versions of the appointment.';
