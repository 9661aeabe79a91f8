ALTER TABLE rotation_moves DROP COLUMN by_election;
DROP TABLE rotation_papers;
DROP TABLE rotation_policies;
ALTER TABLE rotations
    DROP CONSTRAINT rotations_state_check,
    ADD CONSTRAINT rotations_state_check CHECK (state IN ('prepared', 'decided', 'effective', 'withdrawn')),
    DROP CONSTRAINT rotations_refused_check,
    DROP CONSTRAINT rotations_state_decision_check,
    DROP CONSTRAINT rotations_procedure_check,
    DROP COLUMN refused_reason,
    DROP COLUMN refused_by,
    DROP COLUMN refused_at,
    DROP COLUMN refused_in,
    DROP COLUMN state_decided_on,
    DROP COLUMN state_decision_issuer,
    DROP COLUMN state_decision_number,
    DROP COLUMN need,
    DROP COLUMN procedure;
