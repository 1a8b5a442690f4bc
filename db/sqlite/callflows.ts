import type { CallflowDraft, CallflowPage, CallflowRecord, NumberConflict } from '../store.ts'
import type { Connection } from './connection.ts'

export type CallflowRows = {
  /** A living callflow of this account. */
  find(accountSid: string, id: string): CallflowRecord | undefined
  page(accountSid: string, page: CallflowPage): readonly CallflowRecord[]
  /** The callflow that has this number, letter by letter. */
  withNumber(accountSid: string, number: string): CallflowRecord | undefined
  /** Which of the draft's numbers and patterns other living callflows of its account have. */
  conflicts(draft: Omit<CallflowDraft, 'document'>): readonly NumberConflict[]
  /** Of the living. */
  count(accountSid: string): number
  insert(draft: CallflowDraft, at: number): void
  change(draft: CallflowDraft, at: number): void
  remove(id: string, at: number): void
}

type CallflowRow = {
  id: string
  account_sid: string
  document: string
  created_at: number
  updated_at: number
  revision: number
}

const columns = 'id, account_sid, document, created_at, updated_at, revision'

export function callflowRows(connection: Connection): CallflowRows {
  return { ...readingRows(connection), ...writingRows(connection) }
}

type Writes = 'insert' | 'change' | 'remove'

function readingRows(connection: Connection): Omit<CallflowRows, Writes> {
  const statements = prepareReads(connection)
  return {
    find(accountSid, id) {
      const row = statements.find.get({ accountSid, id })
      return row && recordFrom(row)
    },
    page(accountSid, { after, ascending, limit }) {
      const statement = ascending ? statements.page : statements.pageBackwards
      const outermost = ascending ? '' : behindEveryId
      return statement.all({ accountSid, after: after ?? outermost, limit }).map(recordFrom)
    },
    withNumber(accountSid, number) {
      const row = statements.withNumber.get({ accountSid, number })
      return row && recordFrom(row)
    },
    conflicts({ id, accountSid, numbers, patterns }) {
      const taken = { accountSid, id, numbers: JSON.stringify(numbers) }
      return statements.conflicts.all({ ...taken, patterns: JSON.stringify(patterns) })
    },
    count: (accountSid) => statements.count.get(accountSid)?.callflows ?? 0,
  }
}

function writingRows(connection: Connection): Pick<CallflowRows, Writes> {
  const statements = prepareWrites(connection)

  function takeNumbers({ id, accountSid, numbers, patterns }: CallflowDraft): void {
    for (const [kind, values] of [
      ['number', numbers],
      ['pattern', patterns],
    ] as const) {
      for (const value of new Set(values)) {
        statements.takeNumber.run({ accountSid, kind, value, id })
      }
    }
  }

  return {
    insert(draft, at) {
      const { id, accountSid, document } = draft
      statements.insert.run({ id, accountSid, document: JSON.stringify(document), at })
      takeNumbers(draft)
    },
    change(draft, at) {
      const { id, document } = draft
      statements.change.run({ id, document: JSON.stringify(document), at })
      statements.freeNumbers.run(id)
      takeNumbers(draft)
    },
    remove(id, at) {
      statements.remove.run({ id, at })
      statements.freeNumbers.run(id)
    },
  }
}

/** Ids are hex digits. */
const behindEveryId = 'g'

type PageBinding = { accountSid: string; after: string; limit: number }
type ConflictBinding = { accountSid: string; id: string; numbers: string; patterns: string }

function prepareReads(connection: Connection) {
  const page = (beyond: string, order: string) =>
    connection.prepare<PageBinding, CallflowRow>(`
      SELECT ${columns}
      FROM callflows
      WHERE account_sid = @accountSid AND deleted_at IS NULL AND id ${beyond} @after
      ORDER BY id ${order}
      LIMIT @limit
    `)
  return {
    find: connection.prepare<{ accountSid: string; id: string }, CallflowRow>(`
      SELECT ${columns}
      FROM callflows
      WHERE id = @id AND account_sid = @accountSid AND deleted_at IS NULL
    `),
    page: page('>', 'ASC'),
    pageBackwards: page('<', 'DESC'),
    withNumber: connection.prepare<{ accountSid: string; number: string }, CallflowRow>(`
      SELECT ${columns}
      FROM callflows
      WHERE id = (
        SELECT callflow_id
        FROM callflow_numbers
        WHERE account_sid = @accountSid AND kind = 'number' AND value = @number
      )
    `),
    conflicts: connection.prepare<ConflictBinding, NumberConflict>(`
      SELECT kind, value, callflow_id AS callflowId
      FROM callflow_numbers
      WHERE account_sid = @accountSid AND callflow_id <> @id AND (
        (kind = 'number' AND value IN (SELECT value FROM json_each(@numbers)))
        OR (kind = 'pattern' AND value IN (SELECT value FROM json_each(@patterns)))
      )
      ORDER BY kind, value
    `),
    count: connection.prepare<[string], { callflows: number }>(`
      SELECT count(*) AS callflows
      FROM callflows
      WHERE account_sid = ? AND deleted_at IS NULL
    `),
  }
}

function prepareWrites(connection: Connection) {
  return {
    insert: connection.prepare(`
      INSERT INTO callflows (id, account_sid, document, created_at, updated_at, revision)
      VALUES (@id, @accountSid, @document, @at, @at, 1)
    `),
    change: connection.prepare(`
      UPDATE callflows
      SET document = @document, updated_at = @at, revision = revision + 1
      WHERE id = @id
    `),
    remove: connection.prepare(`
      UPDATE callflows
      SET deleted_at = @at, updated_at = @at, revision = revision + 1
      WHERE id = @id
    `),
    takeNumber: connection.prepare(`
      INSERT INTO callflow_numbers (account_sid, kind, value, callflow_id)
      VALUES (@accountSid, @kind, @value, @id)
    `),
    freeNumbers: connection.prepare('DELETE FROM callflow_numbers WHERE callflow_id = ?'),
  }
}

function recordFrom(row: CallflowRow): CallflowRecord {
  return {
    id: row.id,
    accountSid: row.account_sid,
    document: JSON.parse(row.document),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    revision: row.revision,
  }
}
