import { auditActions } from '../../lib/audit.ts'
import { type AuditFilter, passesFilter, readAudit } from '../../lib/audit-trail.ts'
import { isoTime } from '../../lib/iso-time.ts'
import { authorize } from '../../lib/permissions.ts'
import { auditResource } from '../../serializers/restcomm/audit.ts'
import { type FlatForm, knownParameters, printable } from '../flat-form.ts'
import { HttpError } from '../http-error.ts'
import { auditQuery } from './description.ts'
import type { Answer, Exchange, RestcommRoute } from './exchange.ts'

const standardPageSize = 50
const mostPageSize = 1000

/** What happened to an account; Restcomm has nothing like it. */
export const auditRoutes: readonly RestcommRoute[] = [
  {
    method: 'GET',
    path: '/Accounts/:id/Audit',
    operation: {
      summary: 'List what happened to an account, its keys, callflows and logins',
      description:
        'The newest first, in pages: one may have fewer entries than its size, none even, and still ' +
        'a next one. For Administrators of the account and of those above it.',
      query: auditQuery,
      answer: { schema: 'Audit' },
      refusals: [400, 404],
    },
    handler: list,
  },
]

async function list({ services, caller, target, face, query }: Exchange): Promise<Answer> {
  const account = authorize(caller, 'readAudit', target)
  const { filter, isFiltered, pageSize, token, given, ...range } = readAuditQuery(query())
  const { rows, next } = await readAudit(services, caller, account, {
    ...range,
    ...(token !== undefined && { after: token }),
    ...(isFiltered && { accepts: (row) => passesFilter(filter, row) }),
    limit: pageSize,
  })
  const page = { accountSid: account.sid, rows, query: given, pageSize, token, nextToken: next }
  return { one: auditResource(page, face) }
}

type AuditAsked = {
  readonly from?: number
  readonly to?: number
  readonly filter: AuditFilter
  readonly isFiltered: boolean
  readonly pageSize: number
  readonly token: string | undefined
  /** The parameters that every page of this list has. */
  readonly given: Readonly<Record<string, string>>
}

const names = [
  'StartTime',
  'EndTime',
  'Action',
  'Actor',
  'Target',
  'PageSize',
  'PageToken',
] as const

/** A blank parameter counts as absent. */
function readAuditQuery(query: FlatForm): AuditAsked {
  const present = Object.entries(knownParameters(query, names)).filter(([, text]) => text !== '')
  const known = Object.fromEntries(present)
  const { PageSize, PageToken, ...given } = known
  const { StartTime, EndTime } = given
  const filter = filterFrom(given)
  return {
    ...(StartTime !== undefined && { from: time('StartTime', StartTime) }),
    ...(EndTime !== undefined && { to: time('EndTime', EndTime) }),
    filter,
    isFiltered: Object.values(filter).some((text) => text !== undefined),
    pageSize: pageSizeFrom(PageSize),
    token: tokenFrom(PageToken),
    given,
  }
}

/** What no row can have is a typing error, and not answered with an empty list. */
function filterFrom({ Action, Actor, Target }: Readonly<Record<string, string>>): AuditFilter {
  if (Action !== undefined && !auditActions.includes(Action)) {
    throw refused('Action', Action, `one of ${auditActions.join(', ')}`)
  }
  if (Actor !== undefined && !/^(AC|SK)[0-9A-Za-z]{32}$/.test(Actor)) {
    throw refused('Actor', Actor, 'the SID of an account or an API key')
  }
  if (Target !== undefined && !/^(AC|SK|CF|OR|WH)[0-9A-Za-z]{32}$/.test(Target)) {
    throw refused(
      'Target',
      Target,
      'the SID of an account, API key, callflow, organization or webhook',
    )
  }
  return { action: Action, actor: Actor, target: Target }
}

function time(name: string, text: string): number {
  const date = isoTime(text)
  if (date === undefined) {
    throw refused(name, text, 'a time such as 2027-01-31T00:00:00Z')
  }
  return date.getTime()
}

function pageSizeFrom(text: string | undefined): number {
  if (text === undefined) {
    return standardPageSize
  }
  if (!/^[1-9]\d{0,14}$/.test(text)) {
    throw refused('PageSize', text, `a number from 1 to ${mostPageSize}`)
  }
  return Math.min(Number(text), mostPageSize)
}

/** The SID of the last row of the page before, which a client gives back as it came. */
function tokenFrom(text: string | undefined): string | undefined {
  if (text !== undefined && !/^AU[0-9a-f]{32}$/.test(text)) {
    throw refused('PageToken', text, 'follow NextPageUri')
  }
  return text
}

function refused(name: string, text: string, wanted: string): HttpError {
  return new HttpError(400, `Parameter ${name} ${printable(text)} is invalid: ${wanted}`)
}
