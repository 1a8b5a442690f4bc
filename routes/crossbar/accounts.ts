import type { JsonObject, PlacedAccount } from '../../db/store.ts'
import type { Account } from '../../lib/account.ts'
import { accountFor } from '../../lib/account.ts'
import { effectiveStatus } from '../../lib/account-status.ts'
import { changeAccount } from '../../lib/accounts/change.ts'
import { previewClose } from '../../lib/accounts/close-preview.ts'
import { createAccount, requireParent } from '../../lib/accounts/create.ts'
import { readAsNow, requireLiving } from '../../lib/accounts/read.ts'
import { mergeDocument, withoutPrivate } from '../../lib/documents.ts'
import { DomainError } from '../../lib/errors.ts'
import { onFreshReading } from '../../lib/fresh-reading.ts'
import { type AccountAction, authorize } from '../../lib/permissions.ts'
import { previewCounts } from '../../serializers/close-preview.ts'
import {
  accountDocument,
  accountRevision,
  idOf,
  ownedKeys,
  sharedDocument,
} from '../../serializers/crossbar/account.ts'
import { checkedAccount, isNameChecked, statusFor, withTimezone } from './documents.ts'
import { asksForPreview, dryRunParameter, refuseDryRun } from './dry-run.ts'
import { namesRevision } from './entity-tags.ts'
import { UnknownIdError } from './errors.ts'
import type { Again, Answer, CrossbarRoute, Exchange } from './exchange.ts'

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
    handler: (exchange) => create(belowOwn(exchange)),
    again: (exchange, sid) => createdBefore(belowOwn(exchange), sid),
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
    again: createdBefore,
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
    again: again('changeAccount'),
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
    again: again('changeAccount'),
  },
  {
    method: 'DELETE',
    path: '/accounts/:id',
    operation: {
      summary: 'Delete an account that has none below it',
      query: [dryRunParameter],
      answer,
      refusals: [400, 404, 405, 409, 412],
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
  const parent = requireLiving(exchange.caller, 'createChild', exchange.target)
  const data = await exchange.data()
  const made = await make(exchange, parent, data)
  return createdAnswer(accountAnswer(made, exchange), made.sid)
}

async function createdBefore(exchange: Exchange, sid: string): Promise<Answer> {
  return createdAnswer(await again('createChild')(exchange, sid), sid)
}

function createdAnswer(answered: Answer, sid: string): Answer {
  return { ...answered, status: 201, location: `/v2/accounts/${idOf(sid)}` }
}

function belowOwn(exchange: Exchange): Exchange {
  return { ...exchange, target: exchange.caller.account }
}

/** An account that an equal request has made or changed, as it is now, to whoever may still do that. */
export function again(action: AccountAction): Again {
  return async (exchange, sid) => {
    const { services, caller, target } = exchange
    authorize(caller, action, target)
    const account = await readAsNow(services, caller, sid)
    if (account.status === 'closed') {
      throw new UnknownIdError(idOf(sid))
    }
    return accountAnswer(account, exchange)
  }
}

async function make(
  { services, caller, maxDepth }: Exchange,
  parent: PlacedAccount,
  data: JsonObject,
): Promise<Account> {
  const placed = await withTimezone(services, { timezone: 'inherit', ...data }, parent.lineage)
  const parts = await checkedAccount(services, placed, undefined)
  requireParent(caller, parent, maxDepth)
  const isOn = parts.enabled !== false && effectiveStatus(parent.lineage) === 'active'
  const input = {
    email: undefined,
    password: undefined,
    friendlyName: parts.name,
    status: isOn ? ('active' as const) : ('suspended' as const),
    role: undefined,
    organizationSid: undefined,
    maxDepth,
    ...(parts.realm !== undefined && { realm: parts.realm }),
    document: parts.document,
    uniqueName: isNameChecked(services, parts.name, undefined),
  }
  return createAccount(services, caller, parent, input)
}

/** The body is the new set of keys; what is absent goes, but for what `store` keeps. */
async function replace(exchange: Exchange): Promise<Answer> {
  const current = requireLiving(exchange.caller, 'changeAccount', exchange.target)
  refuseDryRun(exchange.query())
  return store(exchange, current, await exchange.data())
}

/**
 * A patch that another write came before is laid over what that has made, so that of two patches of
 * different keys both are kept. With If-Match it is refused then, by what `asClientSaw` sees.
 */
async function patch(exchange: Exchange): Promise<Answer> {
  const { caller, services } = exchange
  const target = requireLiving(caller, 'changeAccount', exchange.target)
  refuseDryRun(exchange.query())
  const data = await exchange.data()
  return onFreshReading(services, caller, target, (callerNow, targetNow) =>
    layOver({ ...exchange, caller: callerNow }, targetNow, data).catch(staleAtConflict),
  )
}

/**
 * The result is checked as a replacement would be, so `{"name": null}` is a name that is missing, and
 * `{"enabled": null}` leaves the switch as a replacement without it does: that is no key of the
 * document but a state of the account, which outlives both (kazoo.md 4.5).
 */
async function layOver(exchange: Exchange, target: PlacedAccount, data: JsonObject) {
  const { caller, services } = exchange
  const current = requireLiving(caller, 'changeAccount', target)
  const shared = sharedDocument(accountFor(caller, current, services.secrets))
  const { enabled: _own, ...document } = withoutPrivate(shared, ownedKeys)
  return store(exchange, current, mergeDocument(document, data))
}

function staleAtConflict(error: unknown): 'stale' {
  if (error instanceof DomainError && error.refusal.kind === 'conflict') {
    return 'stale'
  }
  throw error
}

/** Realm and time zone stay where the document has none, or has none left (kazoo.md D17). */
async function store(
  exchange: Exchange,
  current: PlacedAccount,
  data: JsonObject,
): Promise<Answer> {
  const { services, caller } = exchange
  const { timezone } = current.document
  const whole = { ...(timezone !== undefined && { timezone }), ...data }
  const placed = await withTimezone(services, whole, current.lineage.slice(0, -1))
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
  const conditions = { terms: { onlyLeaf: true }, precondition: unchanged(exchange, current) }
  if (asksForPreview(exchange.query())) {
    const preview = await previewClose(services, caller, current, conditions)
    // Kazoo deletes no account that has others below it; what is there can be asked all the same.
    const refusal = current.descendantsCount > 0 && { refused_as: 'account_has_descendants' }
    return { data: { id: idOf(preview.sid), ...previewCounts(preview), ...refusal } }
  }
  const before = accountAnswer(accountFor(caller, current, services.secrets), exchange)
  await changeAccount(services, caller, current, { status: 'closed' }, conditions)
  return before
}

/** Refuses to write over what the client has not seen, where it says by If-Match what it has. */
export function asClientSaw({
  services,
  caller,
  ifMatch,
}: Exchange): (account: PlacedAccount) => void {
  return (account) => {
    const isSeen = (tags: string) =>
      namesRevision(tags, accountRevision(accountFor(caller, account, services.secrets)))
    if (ifMatch !== undefined && !isSeen(ifMatch)) {
      throw new DomainError({ kind: 'preconditionFailed' })
    }
  }
}

/** The same, and whether the document is still the one that what is written was worked out from. */
function unchanged(exchange: Exchange, current: PlacedAccount): (account: PlacedAccount) => void {
  const check = asClientSaw(exchange)
  return (account) => {
    check(account)
    if (account.revision !== current.revision) {
      throw new DomainError({ kind: 'conflict' })
    }
  }
}
