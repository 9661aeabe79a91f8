DROP TABLE idempotency_keys;
DROP TABLE outbox_events;
DROP TABLE audit_entries;
DROP COLLATION vietnamese;
DROP EXTENSION pg_trgm;
DROP EXTENSION btree_gist;
