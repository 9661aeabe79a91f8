DROP TABLE revoked_tokens;
ALTER TABLE clients DROP COLUMN gets_tokens;
ALTER TABLE clients DROP COLUMN allowed_scope;
