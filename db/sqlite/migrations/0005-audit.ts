export const audit = `
DROP TRIGGER audit_is_final;

ALTER TABLE audit ADD COLUMN sid TEXT;
-- Null where nobody knows any more, as of a key that was removed before this column was there.
ALTER TABLE audit ADD COLUMN account_sid TEXT;

UPDATE audit
SET
  sid = 'AU' || lower(hex(randomblob(16))),
  account_sid = coalesce(
    (SELECT sid FROM accounts WHERE sid = target_sid),
    (SELECT account_sid FROM api_keys WHERE sid = target_sid),
    (SELECT account_sid FROM callflows WHERE id = substr(target_sid, 3) AND target_sid LIKE 'CF%'),
    (SELECT actor_sid FROM organizations WHERE sid = target_sid)
  );

CREATE UNIQUE INDEX audit_by_sid ON audit (sid);
CREATE INDEX audit_of_account ON audit (account_sid, at);
CREATE INDEX audit_by_time ON audit (at);

CREATE TRIGGER audit_is_final BEFORE UPDATE ON audit
BEGIN
  SELECT RAISE(ABORT, 'audit rows are final');
END;

-- Since when the audit is whole: what is older may go, and goes by the retention alone.
CREATE TABLE audit_retention (
  one INTEGER NOT NULL PRIMARY KEY CHECK (one = 1),
  kept_since INTEGER
) STRICT;

INSERT INTO audit_retention (one, kept_since) VALUES (1, NULL);

CREATE TRIGGER audit_is_kept BEFORE DELETE ON audit
WHEN OLD.at >= (SELECT coalesce(kept_since, OLD.at) FROM audit_retention)
BEGIN
  SELECT RAISE(ABORT, 'audit rows are kept until their time is over');
END;
`
