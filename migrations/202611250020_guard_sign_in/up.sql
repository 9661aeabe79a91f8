-- Signing in: tries are counted, initial passwords end, sessions say where they were opened, a refresh token that was
-- used knows what came after it.
CREATE UNLOGGED TABLE sign_in_tries (
    subject bytea NOT NULL,
    paid_until timestamptz NOT NULL,
    CONSTRAINT sign_in_tries_pkey PRIMARY KEY (subject)
);
CREATE INDEX sign_in_tries_paid_until_idx ON sign_in_tries (paid_until);
COMMENT ON TABLE sign_in_tries IS 'How much was tried lately by an address or on a name. Each try pays some time ahead; who has paid too far waits. A row whose instant has passed means nothing. Not logged: a crash forgets it.';
COMMENT ON COLUMN sign_in_tries.subject IS 'SHA-256 of a kind and an address or a name: what people type as their name may be their password.';
COMMENT ON COLUMN sign_in_tries.paid_until IS 'Until when the tries so far have paid.';

ALTER TABLE accounts ADD COLUMN initial_until timestamptz;
COMMENT ON COLUMN accounts.initial_until IS 'The password was made by the service for somebody else to hand over: good once, until then, to be replaced by the person. Null: the person knows it alone.';

ALTER TABLE sessions ADD COLUMN address text;
COMMENT ON COLUMN sessions.address IS 'Where it was opened from, as the service saw it; null for those from before.';

ALTER TABLE refresh_tokens ADD COLUMN successor_seed bytea;
COMMENT ON COLUMN refresh_tokens.successor_seed IS 'What its successor is derived from, together with the token itself, which is kept nowhere: who asks again within seconds gets the same one.';
