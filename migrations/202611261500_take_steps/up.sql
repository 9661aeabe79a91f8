-- The steps of a case before its decision, and what each of them yields.
ALTER TABLE rotations
    ADD COLUMN procedure text NOT NULL DEFAULT 'direct',
    ADD COLUMN need text,
    ADD COLUMN state_decision_number text,
    ADD COLUMN state_decision_issuer text,
    ADD COLUMN state_decided_on date,
    ADD COLUMN refused_in text,
    ADD COLUMN refused_at timestamptz,
    ADD COLUMN refused_by uuid,
    ADD COLUMN refused_reason text,
    ADD CONSTRAINT rotations_procedure_check CHECK (procedure IN ('five_steps', 'agreement', 'direct')),
    ADD CONSTRAINT rotations_state_decision_check CHECK (num_nonnulls(state_decision_number, state_decision_issuer, state_decided_on) IN (0, 3)),
    ADD CONSTRAINT rotations_refused_check CHECK (num_nonnulls(refused_in, refused_at, refused_by, refused_reason) = CASE WHEN state = 'refused' THEN 4 ELSE 0 END),
    DROP CONSTRAINT rotations_state_check,
    ADD CONSTRAINT rotations_state_check CHECK (state IN ('policy_proposed', 'policy_approved', 'people_proposed', 'prepared', 'exchanged', 'decided', 'effective', 'refused', 'withdrawn'));
COMMENT ON COLUMN rotations.procedure IS 'Which steps it takes: the five of a rotation, an agreement of both units and the person, or the decision alone.';
COMMENT ON COLUMN rotations.need IS 'What the policy is proposed for.';
COMMENT ON COLUMN rotations.state_decision_number IS 'The decision of the state body, beside that of the Party.';
COMMENT ON COLUMN rotations.refused_in IS 'The state in which the case was refused.';

CREATE TABLE rotation_policies (
    rotation_id uuid NOT NULL,
    prepared_by uuid NOT NULL,
    number text NOT NULL,
    issuer text NOT NULL,
    approved_on date NOT NULL,
    approved_by uuid NOT NULL,
    approved_at timestamptz NOT NULL,
    CONSTRAINT rotation_policies_pkey PRIMARY KEY (rotation_id),
    CONSTRAINT rotation_policies_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT rotation_policies_two_people_check CHECK (approved_by <> prepared_by)
);
COMMENT ON TABLE rotation_policies IS 'Chủ trương: the paper by which the authority approved that people be proposed for a case.';
COMMENT ON COLUMN rotation_policies.prepared_by IS 'Who prepared the case, who may not approve its policy.';

CREATE TABLE rotation_papers (
    id uuid NOT NULL,
    rotation_id uuid NOT NULL,
    cadre_id uuid,
    kind text NOT NULL,
    slot text,
    content jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    recorded_by uuid NOT NULL,
    superseded_at timestamptz,
    superseded_by uuid,
    CONSTRAINT rotation_papers_pkey PRIMARY KEY (id),
    CONSTRAINT rotation_papers_rotation_id_fkey FOREIGN KEY (rotation_id) REFERENCES rotations (id),
    CONSTRAINT rotation_papers_cadre_id_fkey FOREIGN KEY (cadre_id) REFERENCES cadres (id),
    CONSTRAINT rotation_papers_kind_check CHECK (kind IN ('slate', 'conclusion', 'opinion', 'interview', 'vote', 'election', 'waiver', 'document')),
    CONSTRAINT rotation_papers_person_check CHECK (cadre_id IS NOT NULL OR kind IN ('slate', 'vote', 'document')),
    CONSTRAINT rotation_papers_slot_check CHECK (slot IS NOT NULL OR kind = 'document'),
    CONSTRAINT rotation_papers_superseded_check CHECK (num_nonnulls(superseded_at, superseded_by) IN (0, 2))
);
CREATE UNIQUE INDEX rotation_papers_slot_key ON rotation_papers (rotation_id, kind, slot) WHERE superseded_at IS NULL;
CREATE INDEX rotation_papers_rotation_id_idx ON rotation_papers (rotation_id, kind, recorded_at DESC, id DESC);
CREATE INDEX rotation_papers_cadre_id_idx ON rotation_papers (cadre_id);
COMMENT ON TABLE rotation_papers IS 'What the steps of a case yield: opinions, interviews, votes, ... A new one of the same slot supersedes the old one, which stays.';
COMMENT ON COLUMN rotation_papers.cadre_id IS 'The person of the case whom it is about; null: the whole case.';
COMMENT ON COLUMN rotation_papers.slot IS 'What there is one of at a time: the opinion of one side on one person, the vote; null: any number.';
COMMENT ON COLUMN rotation_papers.content IS 'What the kind says; its form is that of the kind in src/rotations/model/papers.rs.';

ALTER TABLE rotation_moves ADD COLUMN by_election boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN rotation_moves.by_election IS 'The post is filled by election: the decision introduces the person, the confirmed result puts them there.';
