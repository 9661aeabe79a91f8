-- Where the chain of the audit record stood, signed: what a chain cannot tell by itself is that its end was cut off.
CREATE TABLE audit_checkpoints (
    seq bigint NOT NULL,
    hash bytea NOT NULL,
    made_at timestamptz NOT NULL,
    key_id text NOT NULL,
    signature bytea NOT NULL,
    CONSTRAINT audit_checkpoints_pkey PRIMARY KEY (seq),
    CONSTRAINT audit_checkpoints_form_check CHECK (seq >= 1 AND octet_length(hash) = 32 AND octet_length(signature) = 64)
);
COMMENT ON TABLE audit_checkpoints IS 'The chain of audit_entries at a place, signed by the service. Each is also appended to a file on another machine or volume, and to the log.';
COMMENT ON COLUMN audit_checkpoints.seq IS 'The entry whose hash it names. No foreign key: it outlives a cut.';
COMMENT ON COLUMN audit_checkpoints.key_id IS 'The kid of the key in /.well-known/jwks.json.';
COMMENT ON COLUMN audit_checkpoints.signature IS 'Ed25519 over the text of AUDIT.md.';
CREATE TRIGGER audit_checkpoints_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_checkpoints FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change();
