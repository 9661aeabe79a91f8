-- The unit tree with dated names, codes and parents, and the acts that changed it.
CREATE TABLE organisation_acts (
    id uuid NOT NULL,
    number text NOT NULL,
    title text NOT NULL,
    issuer text NOT NULL,
    decided_on date NOT NULL,
    effective_from date NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT organisation_acts_pkey PRIMARY KEY (id),
    CONSTRAINT organisation_acts_number_key UNIQUE (number)
);
COMMENT ON TABLE organisation_acts IS 'The legal instrument by which units were created, renamed, merged, divided or abolished.';

CREATE TABLE units (
    id uuid NOT NULL,
    kind text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT units_pkey PRIMARY KEY (id),
    CONSTRAINT units_kind_check CHECK (kind IN ('province', 'district', 'commune', 'party', 'council', 'government', 'front', 'mass', 'public_service', 'armed'))
);
COMMENT ON TABLE units IS 'A unit is known by its id; names, codes and parents are dated.';

CREATE TABLE unit_versions (
    id uuid NOT NULL,
    unit_id uuid NOT NULL,
    during daterange NOT NULL,
    name text NOT NULL,
    search_key text NOT NULL,
    code text,
    unit_type text,
    parent_id uuid,
    act_id uuid,
    CONSTRAINT unit_versions_pkey PRIMARY KEY (id),
    CONSTRAINT unit_versions_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT unit_versions_parent_id_fkey FOREIGN KEY (parent_id) REFERENCES units (id),
    CONSTRAINT unit_versions_act_id_fkey FOREIGN KEY (act_id) REFERENCES organisation_acts (id),
    CONSTRAINT unit_versions_during_check CHECK (NOT isempty(during)),
    CONSTRAINT unit_versions_parent_check CHECK (parent_id <> unit_id),
    CONSTRAINT unit_versions_one_at_a_time EXCLUDE USING gist (unit_id WITH =, during WITH &&),
    CONSTRAINT unit_versions_code_means_one_unit EXCLUDE USING gist (code WITH =, during WITH &&) WHERE (code IS NOT NULL)
);
CREATE INDEX unit_versions_parent_id_idx ON unit_versions (parent_id);
CREATE INDEX unit_versions_act_id_idx ON unit_versions (act_id);
CREATE INDEX unit_versions_search_key_idx ON unit_versions USING gin (search_key gin_trgm_ops);
COMMENT ON TABLE unit_versions IS 'What a unit was called, which code it bore and where it stood, by period. No version on a day: the unit did not exist that day.';
COMMENT ON COLUMN unit_versions.code IS 'Code of the General Statistics Office for administrative units. Means a unit only together with a day: codes are reused.';
COMMENT ON COLUMN unit_versions.unit_type IS 'Xã, Phường, Thị trấn, Huyện, Thị xã, Thành phố, Tỉnh: administrative units only.';

CREATE TABLE unit_ancestors (
    unit_id uuid NOT NULL,
    ancestor_id uuid NOT NULL,
    depth integer NOT NULL,
    during daterange NOT NULL,
    CONSTRAINT unit_ancestors_pkey PRIMARY KEY (unit_id, ancestor_id, during),
    CONSTRAINT unit_ancestors_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT unit_ancestors_ancestor_id_fkey FOREIGN KEY (ancestor_id) REFERENCES units (id)
);
CREATE INDEX unit_ancestors_ancestor_id_idx ON unit_ancestors (ancestor_id, unit_id);
COMMENT ON TABLE unit_ancestors IS 'The dated closure of unit_versions.parent_id, each unit below itself included (depth 0).';

CREATE TABLE unit_lineage (
    from_unit_id uuid NOT NULL,
    to_unit_id uuid NOT NULL,
    kind text NOT NULL,
    share text NOT NULL,
    act_id uuid NOT NULL,
    CONSTRAINT unit_lineage_pkey PRIMARY KEY (from_unit_id, to_unit_id, act_id),
    CONSTRAINT unit_lineage_from_unit_id_fkey FOREIGN KEY (from_unit_id) REFERENCES units (id),
    CONSTRAINT unit_lineage_to_unit_id_fkey FOREIGN KEY (to_unit_id) REFERENCES units (id),
    CONSTRAINT unit_lineage_act_id_fkey FOREIGN KEY (act_id) REFERENCES organisation_acts (id),
    CONSTRAINT unit_lineage_kind_check CHECK (kind IN ('merge', 'split', 'rename', 'succession')),
    CONSTRAINT unit_lineage_share_check CHECK (share IN ('whole', 'part_main', 'part')),
    CONSTRAINT unit_lineage_loop_check CHECK (from_unit_id <> to_unit_id)
);
CREATE INDEX unit_lineage_to_unit_id_idx ON unit_lineage (to_unit_id);
CREATE INDEX unit_lineage_act_id_idx ON unit_lineage (act_id);
COMMENT ON TABLE unit_lineage IS 'Which unit went into which, by which act: many to many.';
COMMENT ON COLUMN unit_lineage.share IS 'whole, or, where the old unit was divided, part_main / part.';

ALTER TABLE grants ADD CONSTRAINT grants_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id);
CREATE INDEX grants_unit_id_idx ON grants (unit_id);
ALTER TABLE scope_tree ADD CONSTRAINT scope_tree_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id);
ALTER TABLE scope_tree ADD CONSTRAINT scope_tree_ancestor_id_fkey FOREIGN KEY (ancestor_id) REFERENCES units (id);
