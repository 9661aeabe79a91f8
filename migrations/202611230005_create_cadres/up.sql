-- The cadre record: who the person is, what they learned, what they are planned for.
CREATE TABLE cadres (
    id uuid NOT NULL,
    personal_number text,
    full_name text NOT NULL,
    name_sort text COLLATE vietnamese NOT NULL,
    search_key text NOT NULL,
    marked_key text NOT NULL,
    initials text NOT NULL,
    sex text NOT NULL,
    born_on date NOT NULL,
    ethnic_group text NOT NULL,
    religion text,
    native_place text,
    party_joined_on date,
    recruited_on date,
    unit_id uuid NOT NULL,
    status text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT cadres_pkey PRIMARY KEY (id),
    CONSTRAINT cadres_personal_number_key UNIQUE (personal_number),
    CONSTRAINT cadres_personal_number_check CHECK (personal_number ~ '^[0-9]{12}$'),
    CONSTRAINT cadres_sex_check CHECK (sex IN ('male', 'female')),
    CONSTRAINT cadres_status_check CHECK (status IN ('active', 'retired', 'left', 'deceased')),
    CONSTRAINT cadres_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id)
);
CREATE INDEX cadres_unit_id_idx ON cadres (unit_id);
CREATE INDEX cadres_born_on_idx ON cadres (born_on, id);
CREATE INDEX cadres_name_sort_idx ON cadres (name_sort, id);
CREATE INDEX cadres_search_key_idx ON cadres USING gin (search_key gin_trgm_ops);
CREATE INDEX cadres_initials_idx ON cadres (initials text_pattern_ops);
COMMENT ON TABLE cadres IS 'Hồ sơ cán bộ: one row per person.';
COMMENT ON COLUMN cadres.unit_id IS 'The unit that uses the person and keeps the file; follows the full-time post.';
COMMENT ON COLUMN cadres.ethnic_group IS 'Code of the catalogue ethnic_groups.';
COMMENT ON COLUMN cadres.name_sort IS 'Given name, then middle, then family name: the order of Vietnamese lists.';
ALTER TABLE accounts ADD CONSTRAINT accounts_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id);
ALTER TABLE accounts ADD CONSTRAINT accounts_cadre_id_key UNIQUE (cadre_id);

CREATE TABLE qualifications (
    id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    kind text NOT NULL,
    level text NOT NULL,
    field text,
    institution text,
    obtained_on date NOT NULL,
    certificate_number text,
    enrolment_id uuid,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT qualifications_pkey PRIMARY KEY (id),
    CONSTRAINT qualifications_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT qualifications_enrolment_id_key UNIQUE (enrolment_id),
    CONSTRAINT qualifications_kind_check CHECK (kind IN ('degree', 'political_theory', 'state_management', 'professional_skills', 'defence_security', 'language', 'ethnic_language', 'information_technology', 'digital', 'induction')),
    CONSTRAINT qualifications_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3))
);
CREATE INDEX qualifications_cadre_id_idx ON qualifications (cadre_id);
COMMENT ON TABLE qualifications IS 'Degrees, political theory, state management and other certificates. A correction supersedes, it never overwrites.';
COMMENT ON COLUMN qualifications.enrolment_id IS 'The passed enrolment that wrote it, if one did.';

CREATE TABLE plannings (
    id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    title_id uuid NOT NULL,
    during daterange NOT NULL,
    decision_number text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT plannings_pkey PRIMARY KEY (id),
    CONSTRAINT plannings_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT plannings_title_id_fkey FOREIGN KEY (title_id) REFERENCES titles (id),
    CONSTRAINT plannings_during_check CHECK (NOT isempty(during)),
    CONSTRAINT plannings_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3)),
    CONSTRAINT plannings_once_at_a_time EXCLUDE USING gist (cadre_id WITH =, title_id WITH =, during WITH &&) WHERE (superseded_at IS NULL)
);
CREATE INDEX plannings_cadre_id_idx ON plannings (cadre_id);
CREATE INDEX plannings_title_id_idx ON plannings (title_id);
COMMENT ON TABLE plannings IS 'Quy hoạch: for which title a person is planned, and when.';
