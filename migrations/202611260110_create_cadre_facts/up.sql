-- The groups of the form 2C and of the national database that have no table of their own: entries of a person's file.
CREATE TABLE cadre_facts (
    version_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    cadre_id uuid NOT NULL,
    kind text NOT NULL,
    slot text,
    during daterange NOT NULL,
    content jsonb NOT NULL,
    decision_number text,
    decided_on date,
    decision_issuer text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT cadre_facts_pkey PRIMARY KEY (version_id),
    CONSTRAINT cadre_facts_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT cadre_facts_kind_check CHECK (kind IN ('assessment', 'reward', 'discipline', 'membership', 'rank', 'health_certificate', 'relative', 'residence', 'particular')),
    CONSTRAINT cadre_facts_content_check CHECK (content ?& CASE kind
        WHEN 'assessment' THEN ARRAY['year', 'class']
        WHEN 'reward' THEN ARRAY['title', 'awarded_on']
        WHEN 'discipline' THEN ARRAY['measure', 'side', 'from']
        WHEN 'membership' THEN ARRAY['organisation', 'joined_on']
        WHEN 'rank' THEN ARRAY['code', 'from']
        WHEN 'health_certificate' THEN ARRAY['issued_on', 'institution']
        WHEN 'relative' THEN ARRAY['relation', 'side', 'full_name']
        WHEN 'residence' THEN ARRAY['purpose', 'address', 'from']
        ELSE ARRAY['topic', 'text'] END),
    CONSTRAINT cadre_facts_slot_check CHECK (slot IS NOT NULL OR kind NOT IN ('assessment', 'membership', 'rank', 'residence', 'particular')),
    CONSTRAINT cadre_facts_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT cadre_facts_version_check CHECK (version > 0),
    CONSTRAINT cadre_facts_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3)),
    CONSTRAINT cadre_facts_one_at_a_time EXCLUDE USING gist (cadre_id WITH =, kind WITH =, slot WITH =, during WITH &&) WHERE (superseded_at IS NULL)
);
CREATE UNIQUE INDEX cadre_facts_current_id_idx ON cadre_facts (id) WHERE superseded_at IS NULL;
CREATE INDEX cadre_facts_cadre_id_idx ON cadre_facts (cadre_id, kind);
COMMENT ON TABLE cadre_facts IS 'Entries of a person''s file, each with its source and who recorded it when. A correction supersedes the row (superseded_at) and writes a new one with the same id.';
COMMENT ON COLUMN cadre_facts.id IS 'The fact, the same over all its versions.';
COMMENT ON COLUMN cadre_facts.slot IS 'What a person has one of at a time within the kind: a class a year, a membership of an organisation; null: any number.';
COMMENT ON COLUMN cadre_facts.during IS 'When it holds, taken from the content; from birth where the content names no day.';
COMMENT ON COLUMN cadre_facts.content IS 'What the kind says; its form is that of the kind in src/cadres/model/facts.rs.';
