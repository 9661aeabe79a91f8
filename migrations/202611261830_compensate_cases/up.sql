-- Cases that take back, from a later day on, what another one did.
ALTER TABLE rotations
    ADD COLUMN compensates_id uuid,
    ADD CONSTRAINT rotations_compensates_id_fkey FOREIGN KEY (compensates_id) REFERENCES rotations (id);
CREATE UNIQUE INDEX rotations_compensated_once ON rotations (compensates_id) WHERE state NOT IN ('refused', 'withdrawn');
CREATE INDEX rotations_compensates_id_idx ON rotations (compensates_id);
COMMENT ON COLUMN rotations.compensates_id IS 'The effective case whose moves this one takes back.';
