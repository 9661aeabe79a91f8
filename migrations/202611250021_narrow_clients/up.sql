-- What a client may ask for, and the tokens that were taken back before their time.
ALTER TABLE clients ADD COLUMN allowed_scope text;
ALTER TABLE clients ADD COLUMN gets_tokens boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN clients.allowed_scope IS 'Names of permissions, separated by one space: no token of the client allows more. Null: whatever its roles allow.';
COMMENT ON COLUMN clients.gets_tokens IS 'False: it may show who it is, to ask about tokens and take them back, and gets none.';

CREATE TABLE revoked_tokens (
    jti uuid NOT NULL,
    client_id uuid NOT NULL,
    expires_at timestamptz NOT NULL,
    CONSTRAINT revoked_tokens_pkey PRIMARY KEY (jti),
    CONSTRAINT revoked_tokens_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id)
);
CREATE INDEX revoked_tokens_client_id_idx ON revoked_tokens (client_id);
CREATE INDEX revoked_tokens_expires_at_idx ON revoked_tokens (expires_at);
COMMENT ON TABLE revoked_tokens IS 'Access tokens of systems that their client took back. Forgotten when they would have ended anyway.';
COMMENT ON COLUMN revoked_tokens.jti IS 'The id that the token carries.';
