-- What an act does to each unit, what followed from it, and who and what goes to another unit on its day.
ALTER TABLE organisation_acts ADD COLUMN legal_basis text;
ALTER TABLE organisation_acts ADD COLUMN content_digest text;
CREATE INDEX organisation_acts_effective_from_idx ON organisation_acts (effective_from DESC, id DESC);
COMMENT ON COLUMN organisation_acts.legal_basis IS 'What the act rests on: the law and its article.';
COMMENT ON COLUMN organisation_acts.content_digest IS 'Digest of the reorganisation as it was sent: the same act sent again is known by it. Null: loaded with the founding units.';

ALTER TABLE units DROP CONSTRAINT units_kind_check;
ALTER TABLE units ADD CONSTRAINT units_kind_check CHECK (kind IN ('country', 'province', 'district', 'commune', 'party', 'council', 'government', 'front', 'mass', 'public_service', 'armed'));

CREATE TABLE organisation_changes (
    act_id uuid NOT NULL,
    position integer NOT NULL,
    kind text NOT NULL,
    unit_id uuid NOT NULL,
    into_unit_id uuid,
    share text,
    implied boolean NOT NULL,
    CONSTRAINT organisation_changes_pkey PRIMARY KEY (act_id, position),
    CONSTRAINT organisation_changes_act_id_fkey FOREIGN KEY (act_id) REFERENCES organisation_acts (id),
    CONSTRAINT organisation_changes_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id),
    CONSTRAINT organisation_changes_into_unit_id_fkey FOREIGN KEY (into_unit_id) REFERENCES units (id),
    CONSTRAINT organisation_changes_kind_check CHECK (kind IN ('create', 'merge', 'split', 'rename', 'move', 'abolish')),
    CONSTRAINT organisation_changes_share_check CHECK (share IN ('whole', 'part_main', 'part')),
    CONSTRAINT organisation_changes_into_check CHECK ((into_unit_id IS NULL) = (share IS NULL))
);
CREATE INDEX organisation_changes_unit_id_idx ON organisation_changes (unit_id);
CREATE INDEX organisation_changes_into_unit_id_idx ON organisation_changes (into_unit_id);
COMMENT ON TABLE organisation_changes IS 'What an act does, one row for each unit and, where it went into others, for each of them.';
COMMENT ON COLUMN organisation_changes.implied IS 'It follows from another change of the act: a body ends with its commune.';

INSERT INTO organisation_changes (act_id, position, kind, unit_id, into_unit_id, share, implied)
SELECT act_id, row_number() OVER (PARTITION BY act_id ORDER BY from_unit_id, to_unit_id), 'merge', from_unit_id, to_unit_id, share, false
FROM unit_lineage WHERE kind = 'merge';

CREATE TABLE reorganisation_counts (
    act_id uuid NOT NULL,
    effect text NOT NULL,
    how_many integer NOT NULL,
    CONSTRAINT reorganisation_counts_pkey PRIMARY KEY (act_id, effect),
    CONSTRAINT reorganisation_counts_act_id_fkey FOREIGN KEY (act_id) REFERENCES organisation_acts (id),
    CONSTRAINT reorganisation_counts_how_many_check CHECK (how_many > 0)
);
COMMENT ON TABLE reorganisation_counts IS 'How many things an act changed, by what became of them. Each is in the audit record.';

CREATE TABLE reorganisation_placements (
    act_id uuid NOT NULL,
    subject text NOT NULL,
    subject_id uuid NOT NULL,
    from_unit_id uuid NOT NULL,
    to_unit_id uuid NOT NULL,
    placed_at timestamptz,
    CONSTRAINT reorganisation_placements_pkey PRIMARY KEY (act_id, subject, subject_id),
    CONSTRAINT reorganisation_placements_act_id_fkey FOREIGN KEY (act_id) REFERENCES organisation_acts (id),
    CONSTRAINT reorganisation_placements_from_unit_id_fkey FOREIGN KEY (from_unit_id) REFERENCES units (id),
    CONSTRAINT reorganisation_placements_to_unit_id_fkey FOREIGN KEY (to_unit_id) REFERENCES units (id),
    CONSTRAINT reorganisation_placements_subject_check CHECK (subject IN ('cadre', 'course'))
);
CREATE INDEX reorganisation_placements_from_unit_id_idx ON reorganisation_placements (from_unit_id);
CREATE INDEX reorganisation_placements_to_unit_id_idx ON reorganisation_placements (to_unit_id);
CREATE INDEX reorganisation_placements_due_idx ON reorganisation_placements (act_id) WHERE placed_at IS NULL;
COMMENT ON TABLE reorganisation_placements IS 'Files and courses that an act gives to another unit: they have no periods and go on its day.';
COMMENT ON COLUMN reorganisation_placements.placed_at IS 'When it went: with the act, or when the day of the act came. Null: the day has not come.';
