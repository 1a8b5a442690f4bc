import type { JsonObject, PlacedAccount } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { accountFor } from '../../lib/account.ts'
import { effectiveStatus } from '../../lib/account-status.ts'
import { changeAccount } from '../../lib/accounts/change.ts'
import { createAccount, requireParent } from '../../lib/accounts/create.ts'
import { requireLiving } from '../../lib/accounts/read.ts'
import { mergeDocument, withoutPrivate } from '../../lib/documents.ts'
import { DomainError } from '../../lib/errors.ts'
import {
  accountDocument,
  accountRevision,
  idOf,
  ownedKeys,
  sharedDocument,
} from '../../serializers/crossbar/account.ts'
import { checkedAccount, isNameChecked, statusFor, withTimezone } from './documents.ts'
import { namesRevision } from './entity-tags.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'

const answer = { schema: 'Envelope' } as const
const created = { status: 201, schema: 'Envelope' } as const

export const accountRoutes: readonly CrossbarRoute[] = [
  {
    method: 'PUT',
    path: '/accounts',
    operation: {
      summary: 'Create an account below the own',
      json: 'accounts',
      answer: created,
      refusals: [400, 409],
    },
    handler: (exchange) => create({ ...exchange, target: exchange.caller.account }),
  },
  {
    method: 'PUT',
    path: '/accounts/:id',
    operation: {
      summary: 'Create an account below this one',
      json: 'accounts',
      answer: created,
      refusals: [400, 404, 409],
    },
    handler: create,
  },
  {
    method: 'GET',
    path: '/accounts/:id',
    operation: { summary: 'Read an account', answer, refusals: [404] },
    handler: read,
  },
  {
    method: 'POST',
    path: '/accounts/:id',
    operation: {
      summary: 'Replace the document of an account',
      json: 'accounts',
      answer,
      refusals: [400, 404, 409, 412],
    },
    handler: replace,
  },
  {
    method: 'PATCH',
    path: '/accounts/:id',
    operation: {
      summary: 'Lay a patch over the document of an account; null takes a key away',
      json: 'accounts',
      answer,
      refusals: [400, 404, 409, 412],
    },
    handler: patch,
  },
  {
    method: 'DELETE',
    path: '/accounts/:id',
    operation: {
      summary: 'Delete an account that has none below it',
      answer,
      refusals: [404, 405, 409, 412],
    },
    handler: remove,
  },
]

/** The answer of every route that is about one account. */
export function accountAnswer(account: Account, { caller }: Pick<Exchange, 'caller'>): Answer {
  return {
    data: accountDocument(account, caller.account.sid),
    revision: accountRevision(account),
  }
}

async function read(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const record = requireLiving(caller, 'readAccount', target)
  return accountAnswer(accountFor(caller, record, services.secrets), exchange)
}

async function create(exchange: Exchange): Promise<Answer> {
  const { services, caller, maxDepth, data } = exchange
  const parent = requireLiving(caller, 'createChild', exchange.target)
  const sent = { timezone: 'inherit', ...(await data()) }
  const placed = await withTimezone(services, sent, parent.lineage)
  const parts = await checkedAccount(services, placed, undefined)
  requireParent(caller, parent, maxDepth)
  const isOn = parts.enabled !== false && effectiveStatus(parent.lineage) === 'active'
  const { made } = await createAccount(
    services,
    caller,
    parent,
    {
      email: undefined,
      password: undefined,
      friendlyName: parts.name,
      status: isOn ? 'active' : 'suspended',
      role: undefined,
      organizationSid: undefined,
      maxDepth,
      ...(parts.realm !== undefined && { realm: parts.realm }),
      document: parts.document,
      uniqueName: isNameChecked(services, parts.name, undefined),
    },
    undefined,
  )
  const location = `/v2/accounts/${idOf(made.sid)}`
  return { ...accountAnswer(made, exchange), status: 201, location }
}

/** The body is the new set of keys; what is absent goes, but for the realm and the time zone (kazoo.md 4.5). */
async function replace(exchange: Exchange): Promise<Answer> {
  const current = requireLiving(exchange.caller, 'changeAccount', exchange.target)
  const { timezone } = current.document
  const kept = timezone === undefined ? {} : { timezone }
  return store(exchange, current, { ...kept, ...(await exchange.data()) })
}

/** The result is checked as a replacement would be, so `{"name": null}` is a name that is missing. */
async function patch(exchange: Exchange): Promise<Answer> {
  const { caller, services } = exchange
  const current = requireLiving(caller, 'changeAccount', exchange.target)
  const shared = sharedDocument(accountFor(caller, current, services.secrets))
  const { enabled: _own, ...document } = withoutPrivate(shared, ownedKeys)
  return store(exchange, current, mergeDocument(document, await exchange.data()))
}

async function store(
  exchange: Exchange,
  current: PlacedAccount,
  data: JsonObject,
): Promise<Answer> {
  const { services, caller } = exchange
  const placed = await withTimezone(services, data, current.lineage.slice(0, -1))
  const parts = await checkedAccount(services, placed, current)
  const isSelf = current.sid === caller.account.sid
  const status = isSelf ? undefined : statusFor(parts.enabled, current.status)
  const account = await changeAccount(
    services,
    caller,
    current,
    {
      friendlyName: parts.name,
      document: parts.document,
      ...(status !== undefined && { status }),
      ...(parts.realm !== undefined && { realm: parts.realm }),
    },
    {
      terms: { uniqueName: isNameChecked(services, parts.name, current) },
      precondition: unchanged(exchange, current),
      mayWait: true,
    },
  )
  return accountAnswer(account, exchange)
}

async function remove(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const current = requireLiving(caller, 'changeAccount', target)
  const before = accountAnswer(accountFor(caller, current, services.secrets), exchange)
  await changeAccount(
    services,
    caller,
    current,
    { status: 'closed' },
    { terms: { onlyLeaf: true }, precondition: unchanged(exchange, current) },
  )
  return before
}

/**
 * Refuses to write over what the client has not seen. With If-Match that is what it names; without, a
 * patch or a replacement was worked out from `current`, and must be of that.
 */
function unchanged(
  { services, caller, ifMatch }: Exchange,
  current: PlacedAccount,
): (account: PlacedAccount) => void {
  return (account) => {
    if (ifMatch !== undefined) {
      const seen = accountRevision(accountFor(caller, account, services.secrets))
      if (!namesRevision(ifMatch, seen)) {
        throw new DomainError({ kind: 'preconditionFailed' })
      }
    }
    if (account.revision !== current.revision) {
      throw new DomainError({ kind: 'conflict' })
    }
  }
}
