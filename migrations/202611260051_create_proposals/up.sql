-- Corrections that people propose of their own record; the officer of the unit that keeps the file accepts or refuses.
CREATE TABLE cadre_proposals (
    id uuid NOT NULL,
    cadre_id uuid NOT NULL,
    state text NOT NULL,
    changes jsonb NOT NULL,
    reason text NOT NULL,
    evidence_number text NOT NULL,
    evidence_issuer text NOT NULL,
    evidence_issued_on date NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    settled_by uuid,
    settled_at timestamptz,
    settled_reason text,
    version integer NOT NULL DEFAULT 1,
    CONSTRAINT cadre_proposals_pkey PRIMARY KEY (id),
    CONSTRAINT cadre_proposals_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT cadre_proposals_proposed_by_fkey FOREIGN KEY (proposed_by) REFERENCES accounts (id),
    CONSTRAINT cadre_proposals_state_check CHECK (state IN ('proposed', 'accepted', 'refused', 'taken_back')),
    CONSTRAINT cadre_proposals_settled_check CHECK ((state = 'proposed') = (settled_at IS NULL) AND (settled_at IS NULL) = (settled_by IS NULL)),
    CONSTRAINT cadre_proposals_refused_check CHECK ((state = 'refused') = (settled_reason IS NOT NULL)),
    CONSTRAINT cadre_proposals_two_people_check CHECK (state NOT IN ('accepted', 'refused') OR settled_by <> proposed_by)
);
CREATE INDEX cadre_proposals_cadre_id_idx ON cadre_proposals (cadre_id, proposed_at, id);
CREATE INDEX cadre_proposals_proposed_by_idx ON cadre_proposals (proposed_by);
CREATE INDEX cadre_proposals_state_idx ON cadre_proposals (state, proposed_at, id);
CREATE INDEX cadre_proposals_proposed_at_idx ON cadre_proposals (proposed_at, id);
COMMENT ON TABLE cadre_proposals IS 'Đề nghị bổ sung, sửa hồ sơ: what a person proposes to change in their own record, and what became of it.';
COMMENT ON COLUMN cadre_proposals.changes IS 'Fields with what they were and would be, and entries to be added; may hold sensitive fields.';
COMMENT ON COLUMN cadre_proposals.evidence_number IS 'Number of the document that shows it; the document itself is kept elsewhere.';
COMMENT ON COLUMN cadre_proposals.settled_by IS 'The account or client that accepted, refused or took it back.';
