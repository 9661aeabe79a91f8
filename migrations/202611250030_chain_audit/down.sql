-- Reads were not recorded before: their rows go. The rest keeps its order.
DROP TRIGGER audit_subjects_append_only ON audit_subjects;
DROP TRIGGER audit_entries_append_only ON audit_entries;
DROP FUNCTION append_audit_entries(bytea[]);
DROP FUNCTION refuse_audit_change();
DROP TABLE audit_subjects;
DELETE FROM audit_entries WHERE outcome = 'read';
DROP INDEX audit_entries_recorded_at_idx;
DROP INDEX audit_entries_action_idx;
ALTER TABLE audit_entries
    DROP CONSTRAINT audit_entries_outcome_check,
    ADD CONSTRAINT audit_entries_outcome_check CHECK (outcome IN ('done', 'refused')),
    DROP CONSTRAINT audit_entries_chain_check,
    DROP CONSTRAINT audit_entries_prev_hash_key,
    DROP COLUMN hash,
    DROP COLUMN prev_hash,
    DROP COLUMN canonical,
    DROP COLUMN after_digest,
    DROP COLUMN before_digest;
ALTER TABLE audit_entries ALTER COLUMN seq ADD GENERATED ALWAYS AS IDENTITY;
SELECT setval(pg_get_serial_sequence('audit_entries', 'seq'), (SELECT max(seq) FROM audit_entries)) WHERE EXISTS (SELECT 1 FROM audit_entries);
COMMENT ON COLUMN audit_entries.seq IS NULL;
COMMENT ON TABLE audit_entries IS 'One row per write, done or refused: who, what, on what, when, by which request. Committed with the change itself.';
COMMENT ON COLUMN audit_entries.detail IS 'The effects of a change, or the findings of a refusal; never personal numbers, passwords or bodies.';
