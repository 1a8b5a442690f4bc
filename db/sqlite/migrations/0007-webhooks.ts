export const webhooks = `
CREATE TABLE webhooks (
  sid TEXT NOT NULL PRIMARY KEY CHECK (length(sid) = 34),
  account_sid TEXT NOT NULL REFERENCES accounts (sid),
  name TEXT NOT NULL,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  includes_branch INTEGER NOT NULL,
  enabled INTEGER NOT NULL,
  sealed_secret BLOB NOT NULL,
  previous_sealed_secret BLOB,
  previous_until INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  revision INTEGER NOT NULL,
  failing_since INTEGER
) STRICT;

CREATE INDEX webhooks_of_account ON webhooks (account_sid, created_at, sid);

-- The event is a row of the audit by its sid, which is random and never given again. No reference:
-- what the audit forgets must not wait for a receiver, nor be refused because of one.
CREATE TABLE webhook_deliveries (
  id INTEGER NOT NULL PRIMARY KEY,
  webhook_sid TEXT NOT NULL REFERENCES webhooks (sid) ON DELETE CASCADE,
  event_sid TEXT NOT NULL,
  account_sid TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('pending', 'delivered', 'failed')),
  attempts INTEGER NOT NULL,
  -- Null while an earlier one to the same webhook about the same account is pending, and when it is over.
  next_at INTEGER,
  attempted_at INTEGER,
  status INTEGER,
  error TEXT,
  finished_at INTEGER,
  CHECK ((state = 'pending') = (finished_at IS NULL)),
  CHECK (state = 'pending' OR next_at IS NULL)
) STRICT;

CREATE INDEX webhook_deliveries_due ON webhook_deliveries (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_deliveries_pending ON webhook_deliveries (webhook_sid, account_sid, id)
WHERE state = 'pending';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_sid) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_tried ON webhook_deliveries (webhook_sid, attempted_at)
WHERE attempted_at IS NOT NULL;
CREATE INDEX webhook_deliveries_over ON webhook_deliveries (finished_at)
WHERE finished_at IS NOT NULL;
`
