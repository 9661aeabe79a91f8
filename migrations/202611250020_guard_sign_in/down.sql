ALTER TABLE refresh_tokens DROP COLUMN successor_seed;
ALTER TABLE sessions DROP COLUMN address;
ALTER TABLE accounts DROP COLUMN initial_until;
DROP TABLE sign_in_tries;
