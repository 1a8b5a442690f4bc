export const reopen = `
ALTER TABLE accounts ADD COLUMN status_before_close TEXT
  CHECK (status_before_close IN ('active', 'uninitialized', 'inactive', 'suspended'));
ALTER TABLE accounts ADD COLUMN closed_at INTEGER;
UPDATE accounts SET closed_at = updated_at WHERE status = 'closed';

-- Since when an account has its name, so that one given while another was closed is told from one
-- that both had before.
ALTER TABLE accounts ADD COLUMN named_at INTEGER NOT NULL DEFAULT 0;
UPDATE accounts SET named_at = created_at;
DROP INDEX accounts_living_name;
CREATE INDEX accounts_living_name ON accounts (folded_name, named_at) WHERE closed_by IS NULL;

-- How far a branch that is being reopened has come; null while it is closed and swept.
ALTER TABLE closed_branches ADD COLUMN reopening TEXT
  CHECK (reopening IN ('checking', 'renewing', 'ready'));
`
