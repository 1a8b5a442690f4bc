export const accounts = `
CREATE TABLE installation (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  kind TEXT NOT NULL CHECK (kind IN ('demo', 'ordinary'))
) STRICT;

CREATE TABLE organizations (
  sid TEXT NOT NULL PRIMARY KEY,
  domain_name TEXT NOT NULL,
  folded_domain_name TEXT NOT NULL UNIQUE,
  status TEXT NOT NULL CHECK (status IN ('active', 'closed')),
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX organizations_in_order ON organizations (created_at, sid);

CREATE TABLE accounts (
  id INTEGER NOT NULL PRIMARY KEY,
  sid TEXT NOT NULL UNIQUE CHECK (length(sid) = 34),
  parent_sid TEXT REFERENCES accounts (sid),
  path TEXT NOT NULL UNIQUE,
  organization_sid TEXT NOT NULL REFERENCES organizations (sid),
  friendly_name TEXT NOT NULL CHECK (friendly_name <> ''),
  email TEXT UNIQUE,
  status TEXT NOT NULL
    CHECK (status IN ('active', 'uninitialized', 'inactive', 'suspended', 'closed')),
  closed_by TEXT REFERENCES accounts (sid),
  role TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('Full', 'Trial')),
  realm TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  sealed_token BLOB NOT NULL,
  token_digest BLOB NOT NULL,
  password_hash TEXT,
  descendants_count INTEGER NOT NULL CHECK (descendants_count >= 0),
  revision INTEGER NOT NULL,
  CHECK ((status = 'closed') = (closed_by IS NOT NULL AND closed_by = sid))
) STRICT;

CREATE UNIQUE INDEX accounts_one_root ON accounts ((parent_sid IS NULL)) WHERE parent_sid IS NULL;
CREATE UNIQUE INDEX accounts_living_realm ON accounts (realm) WHERE closed_by IS NULL;
CREATE INDEX accounts_children ON accounts (parent_sid, created_at, sid);
CREATE INDEX accounts_of_organization ON accounts (organization_sid, created_at, sid);
CREATE INDEX accounts_token ON accounts (token_digest);

CREATE TABLE closed_branches (
  path TEXT NOT NULL PRIMARY KEY,
  sid TEXT NOT NULL REFERENCES accounts (sid),
  swept_to TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  action TEXT NOT NULL,
  target_sid TEXT NOT NULL,
  actor_sid TEXT,
  request_id TEXT,
  address TEXT,
  dialect TEXT,
  changes TEXT NOT NULL
) STRICT;

CREATE INDEX audit_of_target ON audit (target_sid, id);

CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit rows are final');
END;
`
