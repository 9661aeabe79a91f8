-- Who may call: accounts of people, clients of systems, grants, sessions.
CREATE TABLE accounts (
    id uuid NOT NULL,
    user_name text NOT NULL,
    display_name text NOT NULL,
    password_hash text NOT NULL,
    cadre_id uuid,
    disabled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT accounts_pkey PRIMARY KEY (id),
    CONSTRAINT accounts_user_name_key UNIQUE (user_name),
    CONSTRAINT accounts_user_name_check CHECK (user_name ~ '^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$')
);
COMMENT ON TABLE accounts IS 'A person who signs in.';
COMMENT ON COLUMN accounts.cadre_id IS 'The cadre that this person is, where the person is one: nobody acts on a case about themselves.';
COMMENT ON COLUMN accounts.password_hash IS 'PHC string, argon2id.';

CREATE TABLE clients (
    id uuid NOT NULL,
    client_id text NOT NULL,
    name text NOT NULL,
    disabled_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT clients_pkey PRIMARY KEY (id),
    CONSTRAINT clients_client_id_key UNIQUE (client_id),
    CONSTRAINT clients_client_id_check CHECK (client_id ~ '^[a-z0-9][a-z0-9._-]{1,62}[a-z0-9]$')
);
COMMENT ON TABLE clients IS 'A system that calls with client credentials (OAuth 2).';

CREATE TABLE client_secrets (
    id uuid NOT NULL,
    client_id uuid NOT NULL,
    secret_hash bytea NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    CONSTRAINT client_secrets_pkey PRIMARY KEY (id),
    CONSTRAINT client_secrets_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id)
);
CREATE INDEX client_secrets_client_id_idx ON client_secrets (client_id);
COMMENT ON TABLE client_secrets IS 'Secrets of a client; a rotation lets those before go on for a day. SHA-256 of 256 random bits.';

CREATE TABLE scope_tree (
    unit_id uuid NOT NULL,
    ancestor_id uuid NOT NULL,
    depth integer NOT NULL,
    label text NOT NULL,
    CONSTRAINT scope_tree_pkey PRIMARY KEY (unit_id, ancestor_id),
    CONSTRAINT scope_tree_depth_check CHECK (depth >= 0)
);
CREATE INDEX scope_tree_ancestor_id_idx ON scope_tree (ancestor_id, unit_id);
COMMENT ON TABLE scope_tree IS 'Which units stand at or below which, by the latest placement of each: what a grant at a unit reaches. Kept by the organisations room through identity.';
COMMENT ON COLUMN scope_tree.label IS 'The latest name of unit_id.';

CREATE TABLE grants (
    id uuid NOT NULL,
    account_id uuid,
    client_id uuid,
    role text NOT NULL,
    unit_id uuid NOT NULL,
    during daterange NOT NULL,
    ended_at timestamptz,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    CONSTRAINT grants_pkey PRIMARY KEY (id),
    CONSTRAINT grants_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id),
    CONSTRAINT grants_client_id_fkey FOREIGN KEY (client_id) REFERENCES clients (id),
    CONSTRAINT grants_holder_check CHECK (num_nonnulls(account_id, client_id) = 1),
    CONSTRAINT grants_role_check CHECK (role IN ('administrator', 'organisation_officer', 'unit_officer', 'decider', 'training_officer', 'auditor', 'reader', 'cadre')),
    CONSTRAINT grants_during_check CHECK (NOT isempty(during) AND NOT lower_inf(during))
);
CREATE INDEX grants_account_id_idx ON grants (account_id);
CREATE INDEX grants_client_id_idx ON grants (client_id);
COMMENT ON COLUMN grants.ended_at IS 'From then on it counts no more, whatever its period.';
COMMENT ON TABLE grants IS 'One role for one account or client, at one unit and everything below it, for a period.';

CREATE TABLE sessions (
    id uuid NOT NULL,
    account_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz,
    CONSTRAINT sessions_pkey PRIMARY KEY (id),
    CONSTRAINT sessions_account_id_fkey FOREIGN KEY (account_id) REFERENCES accounts (id)
);
CREATE INDEX sessions_account_id_idx ON sessions (account_id);
COMMENT ON TABLE sessions IS 'One sign-in: a family of refresh tokens. Revoking it ends them all.';

CREATE TABLE refresh_tokens (
    token_hash bytea NOT NULL,
    session_id uuid NOT NULL,
    issued_at timestamptz NOT NULL,
    used_at timestamptz,
    CONSTRAINT refresh_tokens_pkey PRIMARY KEY (token_hash),
    CONSTRAINT refresh_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES sessions (id)
);
CREATE INDEX refresh_tokens_session_id_idx ON refresh_tokens (session_id);
COMMENT ON TABLE refresh_tokens IS 'Each is good once; a second use revokes the session.';
