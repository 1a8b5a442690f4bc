import { ask, type Document, idOf, pathOf } from './crossbar.ts'
import { base, type Parameters, type Reply, send } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'

/** A row of the audit as Restcomm's dialect and the export write it. */
export type AuditRow = {
  readonly sid: string
  readonly account_sid: string
  readonly date_created: string
  readonly action: string
  readonly target_sid: string
  readonly actor_sid?: string
  readonly actor_key_sid?: string
  readonly request_id?: string
  readonly address?: string
  readonly dialect?: string
  readonly changes: Readonly<Record<string, { readonly from?: string; readonly to?: string }>>
}

export type AuditPageJson = {
  readonly page_size: number
  readonly uri: string
  readonly next_page_uri?: string
  readonly audit_entries: readonly AuditRow[]
}

type Place = Pick<TestApp, 'url'>
type Named = { readonly sid: string }
type Reader = Pick<Login, 'sid' | 'token'>

/** Asks Restcomm's dialect for a page of an account's audit. */
export function askAudit(
  app: Place,
  reader: Reader,
  { sid }: Named,
  query: Parameters = {},
): Promise<Reply> {
  const path = `/Accounts.json/${sid}/Audit?${new URLSearchParams(query)}`
  return send(app, { email: '', ...reader }, 'GET', path)
}

/** The page; throws when it is refused. */
export function auditPageOf(reply: Reply): AuditPageJson {
  if (reply.status !== 200) {
    throw new Error(`the audit was not shown: ${reply.status} ${reply.text}`)
  }
  // The shape is proved by the API description's own test.
  return reply.json() as AuditPageJson
}

/** All of an account's audit through Restcomm's dialect, page by page along the links. */
export async function auditOf(
  app: Place,
  reader: Reader,
  account: Named,
  query: Parameters = {},
): Promise<readonly AuditRow[]> {
  const rows: AuditRow[] = []
  let page = auditPageOf(await askAudit(app, reader, account, query))
  rows.push(...page.audit_entries)
  while (page.next_page_uri !== undefined) {
    const next = page.next_page_uri.slice(base.length)
    page = auditPageOf(await send(app, { email: '', ...reader }, 'GET', next))
    rows.push(...page.audit_entries)
  }
  return rows
}

/** The same through Kazoo's dialect. */
export async function kazooAuditOf(
  app: Place,
  reader: Reader,
  account: Named,
  query: Parameters = {},
): Promise<readonly Document[]> {
  const rows: Document[] = []
  let startKey: string | undefined
  do {
    const parameters = new URLSearchParams({ ...query, ...(startKey && { start_key: startKey }) })
    const answer = await ask(app, reader, 'GET', pathOf(account, `/audit?${parameters}`))
    if (answer.status !== 200) {
      throw new Error(`the audit was not shown: ${answer.status} ${answer.text}`)
    }
    rows.push(...answer.list)
    const { next_start_key: next } = answer.body
    startKey = typeof next === 'string' ? next : undefined
  } while (startKey !== undefined)
  return rows
}

/** What Kazoo's dialect shows of the row that Restcomm's shows so. */
export function asKazooShows(row: AuditRow): Document {
  const kinds: Readonly<Record<string, string>> = {
    AC: 'account',
    SK: 'api_key',
    CF: 'callflow',
    OR: 'organization',
    WH: 'webhook',
  }
  const { target_sid: target, actor_sid: actor, actor_key_sid: key } = row
  return {
    id: idOf(row.sid),
    created: Math.floor(Date.parse(row.date_created) / 1000) + 62_167_219_200,
    action: row.action,
    account_id: idOf(row.account_sid),
    target_type: String(kinds[target.slice(0, 2)]),
    target: target.startsWith('SK') ? target : idOf(target),
    ...(actor !== undefined && { actor: idOf(actor) }),
    ...(key !== undefined && { actor_key: key }),
    ...(row.request_id !== undefined && { request_id: row.request_id }),
    ...(row.address !== undefined && { address: row.address }),
    ...(row.dialect !== undefined && { dialect: row.dialect }),
    changes: JSON.parse(JSON.stringify(row.changes)),
  }
}
