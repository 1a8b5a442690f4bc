import type { Connection } from './connection.ts'

type ForeignKey = { table: string; from: string; to: string }

/** A line for each row of a table that names, by a foreign key, a row that is not there. */
export function* danglingRows(connection: Connection, tables: readonly string[]): Iterable<string> {
  for (const table of tables) {
    const keys = connection
      .prepare<[string], ForeignKey>('SELECT "table", "from", "to" FROM pragma_foreign_key_list(?)')
      .all(table)
    for (const { table: named, from, to } of keys) {
      const rows = connection.prepare<[], { row: string; missing: string }>(`
        SELECT ${nameOfRow(connection, table)} AS row, "${from}" AS missing
        FROM "${table}" AS here
        WHERE "${from}" IS NOT NULL
          AND NOT EXISTS (SELECT 1 FROM "${named}" AS there WHERE there."${to}" = here."${from}")
      `)
      for (const { row, missing } of rows.iterate()) {
        yield `${table} ${row}: ${from} ${missing} is not there`
      }
    }
  }
}

/** SQL for what a row is called in a fault: its SID where it has one, else its primary key. */
function nameOfRow(connection: Connection, table: string): string {
  const columns = connection
    .prepare<[string], { name: string; type: string; pk: number }>(
      'SELECT name, type, pk FROM pragma_table_info(?)',
    )
    .all(table)
  const named = columns.filter(({ name }) => name === 'sid')
  const keys = named.length > 0 ? named : columns.filter(({ pk }) => pk > 0)
  const parts = keys.map(({ name, type }) =>
    type === 'BLOB' ? `substr(lower(hex("${name}")), 1, 16)` : `"${name}"`,
  )
  return parts.length === 0 ? "'row ' || rowid" : parts.join(" || ' ' || ")
}

const uniqueFacts = [
  { table: 'accounts', column: 'sid', of: '1' },
  { table: 'accounts', column: 'path', of: '1' },
  { table: 'accounts', column: 'email', of: 'email IS NOT NULL' },
  { table: 'accounts', column: 'realm', of: 'closed_by IS NULL' },
  { table: 'organizations', column: 'sid', of: '1' },
  { table: 'organizations', column: 'folded_domain_name', of: '1' },
  { table: 'api_keys', column: 'sid', of: '1' },
] as const

/** A line for each value that several rows have and only one may; the indexes are not believed. */
export function* repeatedFacts(connection: Connection): Iterable<string> {
  for (const { table, column, of } of uniqueFacts) {
    const rows = connection.prepare<[], { value: string; sids: string }>(`
      SELECT "${column}" AS value, group_concat(sid, ', ') AS sids
      FROM ${table} NOT INDEXED
      WHERE ${of}
      GROUP BY "${column}"
      HAVING count(*) > 1
    `)
    for (const { value, sids } of rows.iterate()) {
      yield `${table} ${sids}: have the same ${column} ${value}`
    }
  }
}

const columnRules = [
  {
    fault: 'folded_name is not that of its name',
    rows: 'SELECT sid FROM accounts WHERE folded_name IS NOT folded_name(friendly_name)',
  },
  {
    fault: 'document is no JSON object',
    rows: `
      SELECT sid
      FROM accounts
      WHERE CASE WHEN json_valid(document) THEN json_type(document) <> 'object' ELSE 1 END
    `,
  },
  {
    fault: 'closed_by and status do not agree',
    rows: `
      SELECT sid
      FROM accounts
      WHERE (status = 'closed') <> (closed_by IS NOT NULL AND closed_by = sid)
    `,
  },
  {
    fault: 'what is kept of its close does not agree with its status',
    rows: `
      SELECT sid
      FROM accounts
      WHERE (status = 'closed') <> (closed_at IS NOT NULL)
        OR (status <> 'closed' AND status_before_close IS NOT NULL)
    `,
  },
  {
    fault: 'its name is of no time',
    rows: 'SELECT sid FROM accounts WHERE named_at <= 0',
  },
  {
    fault: 'its status or type is none there is',
    rows: `
      SELECT sid
      FROM accounts
      WHERE type NOT IN ('Full', 'Trial')
        OR status NOT IN ('active', 'uninitialized', 'inactive', 'suspended', 'closed')
    `,
  },
  {
    fault: 'the parts of its secondary AuthToken are not all there',
    rows: `
      SELECT sid
      FROM accounts
      WHERE (secondary_sealed_token IS NULL) <> (secondary_token_digest IS NULL)
        OR (secondary_sealed_token IS NULL) <> (secondary_created_at IS NULL)
    `,
  },
]

/** What living callflows list in their documents, and the same as it is kept apart to be looked up. */
const callflowNumbers = `
  WITH
    listed AS (
      SELECT callflows.id, 'number' AS kind, item.value
      FROM callflows, json_each(document, '$.numbers') AS item
      WHERE deleted_at IS NULL
      UNION
      SELECT callflows.id, 'pattern', item.value
      FROM callflows, json_each(document, '$.patterns') AS item
      WHERE deleted_at IS NULL
    ),
    kept AS (SELECT callflow_id AS id, kind, value FROM callflow_numbers)
`

const callflowRules = [
  { fault: 'is listed and not looked up', rows: 'SELECT * FROM listed EXCEPT SELECT * FROM kept' },
  { fault: 'is looked up and not listed', rows: 'SELECT * FROM kept EXCEPT SELECT * FROM listed' },
]

type CallflowNumber = { id: string; kind: string; value: string }

/** A line for each number or pattern of a callflow that its document and the look-up do not both have. */
function* strayNumbers(connection: Connection): Iterable<string> {
  for (const { fault, rows } of callflowRules) {
    const stray = connection.prepare<[], CallflowNumber>(`${callflowNumbers} ${rows}`)
    for (const { id, kind, value } of stray.iterate()) {
      yield `callflows ${id}: the ${kind} ${value} ${fault}`
    }
  }
}

/** A line for each column that contradicts another or cannot be read. */
export function* badColumns(connection: Connection): Iterable<string> {
  for (const { fault, rows } of columnRules) {
    for (const { sid } of connection.prepare<[], { sid: string }>(rows).iterate()) {
      yield `accounts ${sid}: ${fault}`
    }
  }
  yield* strayNumbers(connection)
}
