-- What every room stands on: the record of changes, the events that left with them, the keys of repeated requests.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE COLLATION vietnamese (provider = icu, locale = 'vi');

CREATE TABLE audit_entries (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    id uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor_kind text NOT NULL,
    actor_id uuid,
    actor_label text NOT NULL,
    action text NOT NULL,
    target_kind text NOT NULL,
    target_id uuid,
    unit_id uuid,
    outcome text NOT NULL,
    code text,
    detail jsonb NOT NULL,
    request_id text NOT NULL,
    CONSTRAINT audit_entries_pkey PRIMARY KEY (seq),
    CONSTRAINT audit_entries_id_key UNIQUE (id),
    CONSTRAINT audit_entries_actor_kind_check CHECK (actor_kind IN ('account', 'client', 'system')),
    CONSTRAINT audit_entries_outcome_check CHECK (outcome IN ('done', 'refused'))
);
CREATE INDEX audit_entries_actor_id_idx ON audit_entries (actor_id, seq);
CREATE INDEX audit_entries_target_idx ON audit_entries (target_kind, target_id, seq);
COMMENT ON TABLE audit_entries IS 'One row per write, done or refused: who, what, on what, when, by which request. Committed with the change itself.';
COMMENT ON COLUMN audit_entries.detail IS 'The effects of a change, or the findings of a refusal; never personal numbers, passwords or bodies.';

CREATE TABLE outbox_events (
    seq bigint GENERATED ALWAYS AS IDENTITY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    id uuid NOT NULL,
    occurred_at timestamptz NOT NULL,
    kind text NOT NULL,
    subject_kind text NOT NULL,
    subject_id uuid NOT NULL,
    data jsonb NOT NULL,
    CONSTRAINT outbox_events_pkey PRIMARY KEY (seq),
    CONSTRAINT outbox_events_id_key UNIQUE (id)
);
CREATE INDEX outbox_events_xid_idx ON outbox_events (xid, seq);
COMMENT ON TABLE outbox_events IS 'Events that happened with a change, in the same transaction; a feed reads them by (xid, seq) below the snapshot''s oldest running transaction.';

CREATE TABLE idempotency_keys (
    actor_id uuid NOT NULL,
    route text NOT NULL,
    key text NOT NULL,
    request_hash bytea NOT NULL,
    answer jsonb,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (actor_id, route, key)
);
CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
COMMENT ON TABLE idempotency_keys IS 'The answer that a key got, committed with its effect, kept 24 hours.';
COMMENT ON COLUMN idempotency_keys.answer IS 'What the use case returned; the same request renders it again.';
