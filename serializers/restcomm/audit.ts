import type { AuditChanges, AuditRecord } from '../../db/store.ts'
import { auditObject } from '../audit.ts'
import { withoutForbiddenCharacters, type XmlContent } from '../xml.ts'
import type { Resource } from './document.ts'
import { apiVersion, dateText, type Face } from './face.ts'

/** A page of an account's audit and what was asked for it. */
export type AuditList = {
  readonly accountSid: string
  readonly rows: readonly AuditRecord[]
  /** The parameters in force, without the token of the page; every link repeats them. */
  readonly query: Readonly<Record<string, string>>
  readonly pageSize: number
  readonly token: string | undefined
  readonly nextToken: string | undefined
}

export function auditResource(list: AuditList, face: Face): Resource {
  return {
    element: 'Audit',
    xml: () => ({
      PageSize: String(list.pageSize),
      Uri: link(list, 'Accounts', list.token),
      NextPageUri: list.nextToken && link(list, 'Accounts', list.nextToken),
      AuditEntry: list.rows.map((row) => auditXml(row, face)),
    }),
    json: () => ({
      page_size: list.pageSize,
      uri: link(list, 'Accounts.json', list.token),
      next_page_uri: list.nextToken && link(list, 'Accounts.json', list.nextToken),
      audit_entries: list.rows.map((row) => auditObject(row, dateText(new Date(row.at), face))),
    }),
  }
}

function auditXml(row: AuditRecord, face: Face): XmlContent {
  return {
    Sid: row.sid,
    AccountSid: row.accountSid,
    DateCreated: dateText(new Date(row.at), face),
    Action: row.action,
    TargetSid: row.targetSid,
    ActorSid: row.actorSid,
    ActorKeySid: row.actorKeySid,
    RequestId: row.requestId,
    Address: row.address,
    Dialect: row.dialect,
    Changes: changesXml(row.changes),
  }
}

function changesXml(changes: AuditChanges): XmlContent {
  const each = Object.entries(changes).map(([field, { from, to }]) => ({
    Field: field,
    From: from === undefined ? undefined : withoutForbiddenCharacters(from),
    To: to === undefined ? undefined : withoutForbiddenCharacters(to),
  }))
  return each.length === 0 ? '' : { Change: each }
}

function link(
  { accountSid, query, pageSize }: AuditList,
  collection: 'Accounts' | 'Accounts.json',
  token: string | undefined,
): string {
  const parameters = new URLSearchParams({
    ...query,
    PageSize: String(pageSize),
    ...(token !== undefined && { PageToken: token }),
  })
  return `/${apiVersion}/${collection}/${accountSid}/Audit?${parameters}`
}
