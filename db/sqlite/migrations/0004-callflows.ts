export const callflows = `
CREATE TABLE callflows (
  id TEXT NOT NULL PRIMARY KEY CHECK (length(id) = 32),
  account_sid TEXT NOT NULL REFERENCES accounts (sid),
  document TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  deleted_at INTEGER,
  revision INTEGER NOT NULL
) STRICT;

CREATE INDEX callflows_living ON callflows (account_sid, id) WHERE deleted_at IS NULL;

-- Of living callflows alone, so that the key is what keeps a number in one of them.
CREATE TABLE callflow_numbers (
  account_sid TEXT NOT NULL REFERENCES accounts (sid),
  kind TEXT NOT NULL CHECK (kind IN ('number', 'pattern')),
  value TEXT NOT NULL,
  callflow_id TEXT NOT NULL REFERENCES callflows (id),
  PRIMARY KEY (account_sid, kind, value)
) STRICT, WITHOUT ROWID;

CREATE INDEX callflow_numbers_of_callflow ON callflow_numbers (callflow_id);
`
