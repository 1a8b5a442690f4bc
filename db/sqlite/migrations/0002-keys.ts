export const keys = `
ALTER TABLE accounts ADD COLUMN secondary_sealed_token BLOB;
ALTER TABLE accounts ADD COLUMN secondary_token_digest BLOB;
ALTER TABLE accounts ADD COLUMN secondary_created_at INTEGER;

CREATE INDEX accounts_secondary_token ON accounts (secondary_token_digest)
WHERE secondary_token_digest IS NOT NULL;

CREATE TABLE api_keys (
  sid TEXT NOT NULL PRIMARY KEY CHECK (length(sid) = 34),
  account_sid TEXT NOT NULL REFERENCES accounts (sid),
  friendly_name TEXT NOT NULL,
  secret_digest BLOB NOT NULL,
  scope TEXT NOT NULL CHECK (scope IN ('read', 'write', 'admin')),
  reach TEXT NOT NULL CHECK (reach IN ('self', 'branch')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  expires_at INTEGER,
  last_used_at INTEGER
) STRICT;

CREATE INDEX api_keys_of_account ON api_keys (account_sid, created_at, sid);

CREATE TABLE idempotency (
  caller_sid TEXT NOT NULL REFERENCES accounts (sid),
  route TEXT NOT NULL,
  key TEXT NOT NULL,
  request_digest BLOB NOT NULL,
  result_sid TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  PRIMARY KEY (caller_sid, route, key)
) STRICT, WITHOUT ROWID;

CREATE INDEX idempotency_by_age ON idempotency (created_at);

ALTER TABLE audit ADD COLUMN actor_key_sid TEXT;
`
