-- What the law asks of who is to hold a title, and the group of the title in the ladder.
ALTER TABLE titles ADD COLUMN title_group text;
ALTER TABLE titles ADD CONSTRAINT titles_title_group_check CHECK (title_group IN ('group_i', 'group_ii', 'group_iii', 'group_iv'));
COMMENT ON COLUMN titles.title_group IS 'Nhóm chức danh of the ladder of titles (368-QĐ/TW).';

CREATE TABLE title_standards (
    version_id uuid NOT NULL,
    id uuid NOT NULL,
    version integer NOT NULL,
    title_id uuid NOT NULL,
    during daterange NOT NULL,
    criteria jsonb NOT NULL,
    note text,
    recorded_at timestamptz NOT NULL,
    recorded_by text NOT NULL,
    superseded_at timestamptz,
    superseded_by text,
    supersede_reason text,
    CONSTRAINT title_standards_pkey PRIMARY KEY (version_id),
    CONSTRAINT title_standards_title_id_fkey FOREIGN KEY (title_id) REFERENCES titles (id),
    CONSTRAINT title_standards_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during)),
    CONSTRAINT title_standards_criteria_check CHECK (jsonb_typeof(criteria) = 'array' AND jsonb_array_length(criteria) > 0),
    CONSTRAINT title_standards_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by, supersede_reason) IN (0, 3)),
    CONSTRAINT title_standards_one_at_a_time EXCLUDE USING gist (title_id WITH =, during WITH &&) WHERE (superseded_at IS NULL)
);
CREATE UNIQUE INDEX title_standards_current_id_idx ON title_standards (id) WHERE superseded_at IS NULL;
CREATE INDEX title_standards_id_idx ON title_standards (id);
CREATE INDEX title_standards_title_id_idx ON title_standards (title_id);
COMMENT ON TABLE title_standards IS 'Tiêu chuẩn chức danh: what is asked of who is to hold a title, by period. A correction supersedes the row and writes a new one with the same id, so that what was known on a day can be read again.';
COMMENT ON COLUMN title_standards.id IS 'The standard, the same over all its versions.';
COMMENT ON COLUMN title_standards.criteria IS 'A list of criteria, each with its kind, its own fields and its citation.';
