export const crossbar = `
ALTER TABLE accounts ADD COLUMN folded_name TEXT NOT NULL DEFAULT '';
UPDATE accounts SET folded_name = folded_name(friendly_name);

ALTER TABLE accounts ADD COLUMN is_reseller INTEGER NOT NULL DEFAULT 0;
ALTER TABLE accounts ADD COLUMN document TEXT NOT NULL DEFAULT '{}';
ALTER TABLE accounts ADD COLUMN login_hash TEXT;

CREATE INDEX accounts_living_name ON accounts (folded_name) WHERE closed_by IS NULL;
CREATE INDEX accounts_children_by_name ON accounts (parent_sid, friendly_name, sid);

CREATE TABLE sessions (
  token_digest BLOB NOT NULL PRIMARY KEY,
  account_sid TEXT NOT NULL REFERENCES accounts (sid),
  method TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX sessions_of_account ON sessions (account_sid);
CREATE INDEX sessions_by_end ON sessions (expires_at);
`
