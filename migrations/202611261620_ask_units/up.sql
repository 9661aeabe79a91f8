-- Units are asked whom they propose for a case, and propose people of theirs.
CREATE TABLE rotation_invitations (
    rotation_id uuid NOT NULL,
    unit_id uuid NOT NULL,
    CONSTRAINT rotation_invitations_pkey PRIMARY KEY (rotation_id, unit_id),
    CONSTRAINT rotation_invitations_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT rotation_invitations_unit_id_fkey FOREIGN KEY (unit_id) REFERENCES units (id)
);
CREATE INDEX rotation_invitations_unit_id_idx ON rotation_invitations (unit_id);
COMMENT ON TABLE rotation_invitations IS 'The units that are asked whom they propose when the policy of a case is approved: they see the case as long as they may propose somebody.';

ALTER TABLE rotation_papers
    DROP CONSTRAINT rotation_papers_kind_check,
    ADD CONSTRAINT rotation_papers_kind_check CHECK (kind IN ('slate', 'nomination', 'conclusion', 'opinion', 'interview', 'vote', 'election', 'waiver', 'document'));
