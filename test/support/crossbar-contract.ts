import type { KeyReach, KeyScope } from '../../db/store.ts'
import type { Json } from './crossbar.ts'
import type { Standing, Target } from './relatives.ts'

/** What a request of the Crossbar dialect asks for, in the words of the contract. */
export type Ask =
  | 'read'
  | 'list below'
  | 'list siblings'
  | 'change'
  | 'replace'
  | 'create'
  | 'delete'
  | 'see key'
  | 'renew key'
  | 'make reseller'
  | 'end reseller'
  | 'move'
  | 'reopen'
  | 'read audit'
  | 'list callflows'
  | 'match number'
  | 'make callflow'
  | 'read callflow'
  | 'change callflow'
  | 'list webhooks'
  | 'make webhook'
  | 'ask about webhook'
  | 'ask for own session'
  | 'other method'
  | 'options'
  | 'not served'

/** What each method asks for at each route below an account; any other is not served there. */
export const accountRoutes: Readonly<Record<string, Readonly<Record<string, Ask>>>> = {
  '': { GET: 'read', PUT: 'create', POST: 'replace', PATCH: 'change', DELETE: 'delete' },
  '/parents': { GET: 'read' },
  '/tree': { GET: 'read' },
  '/children': { GET: 'list below' },
  '/descendants': { GET: 'list below' },
  '/siblings': { GET: 'list siblings' },
  '/api_key': { GET: 'see key', PUT: 'renew key' },
  '/reseller': { PUT: 'make reseller', DELETE: 'end reseller' },
  '/move': { POST: 'move' },
  '/reopen': { POST: 'reopen' },
  '/audit': { GET: 'read audit' },
  '/callflows': { GET: 'list callflows', PUT: 'make callflow' },
  '/callflows/match': { GET: 'match number' },
  '/callflows/check': { GET: 'list callflows' },
  '/callflows/{callflow}': {
    GET: 'read callflow',
    POST: 'change callflow',
    PATCH: 'change callflow',
    DELETE: 'change callflow',
  },
  '/callflows/{callflow}/graph': { GET: 'read callflow' },
  '/webhooks': { GET: 'list webhooks', PUT: 'make webhook' },
  '/webhooks/{webhook}': {
    GET: 'ask about webhook',
    POST: 'ask about webhook',
    PATCH: 'ask about webhook',
    DELETE: 'ask about webhook',
  },
  '/webhooks/{webhook}/secret': { PUT: 'ask about webhook' },
  '/webhooks/{webhook}/test': { PUT: 'ask about webhook' },
}

/** A request that leaves everything as it was, whoever sends it; but for a new key. */
export type Request = {
  readonly ask: Ask
  readonly method: string
  /** As the API description writes it, below `/v2`. */
  readonly route: string
  readonly path: (target: Target) => string
  readonly data?: Json
  readonly headers?: Readonly<Record<string, string>>
}

/** Who asks, as far as the contract makes a difference of it. */
export type Standpoint = {
  readonly isRoot: boolean
  readonly role: string
  readonly standing: Standing
  /** The API key by which it logged in. */
  readonly key?: { readonly scope: KeyScope; readonly reach: KeyReach }
}

export type Settings = {
  readonly allowMove: 'superduper_admin' | 'tree'
  readonly allowSiblingListing: boolean
}

/** The answer that the contract names, with the token that consoles compare. */
export type Expected = { readonly status: number; readonly message?: string }

const forbidden: Expected = { status: 403, message: 'forbidden' }
const noSuchMethod: Expected = { status: 405, message: 'invalid_method' }
const unknownId: Expected = { status: 404, message: 'bad_identifier' }

const reading = ['Administrator', 'Developer', 'User']
const operating = ['Administrator', 'Developer']

type Right = {
  readonly roles: readonly string[]
  /** The least that an API key must be made for. */
  readonly scope: KeyScope
  /** Whether it is about the account alone, so that a key for that alone will do. */
  readonly isOfItself: boolean
}

const lists: Right = { roles: reading, scope: 'read', isOfItself: false }
const changes: Right = { roles: operating, scope: 'write', isOfItself: true }
/** What decides on calls is an application in Restcomm's words, which a User may not see. */
const reads: Right = { roles: operating, scope: 'read', isOfItself: true }
const creates: Right = { roles: operating, scope: 'write', isOfItself: false }
const arranges: Right = { roles: ['Administrator'], scope: 'write', isOfItself: false }
/** Whoever has the AuthToken has all of the account's reach. */
const keys: Right = { roles: operating, scope: 'admin', isOfItself: false }
/** What they send tells of the branch. */
const webhooks: Right = { roles: ['Administrator'], scope: 'admin', isOfItself: false }

const granted: Readonly<Partial<Record<Ask, Right & { readonly answer: Expected }>>> = {
  read: { roles: reading, scope: 'read', isOfItself: true, answer: { status: 200 } },
  'list below': { ...lists, answer: { status: 200 } },
  'list siblings': { ...lists, roles: ['Administrator'], answer: { status: 200 } },
  change: { ...changes, answer: { status: 200 } },
  // Without a name, so that nothing comes of what is allowed.
  replace: { ...changes, answer: { status: 400, message: 'validation error' } },
  create: { ...creates, answer: { status: 400, message: 'validation error' } },
  // With the revision of another document.
  delete: { ...changes, answer: { status: 412, message: 'precondition_failed' } },
  'see key': { ...keys, answer: { status: 200 } },
  'renew key': { ...keys, answer: { status: 201 } },
  'make reseller': { ...arranges, answer: { status: 201 } },
  'end reseller': { ...arranges, answer: { status: 200 } },
  'list callflows': { ...reads, answer: { status: 200 } },
  'read audit': {
    roles: ['Administrator'],
    scope: 'read',
    isOfItself: true,
    answer: { status: 200 },
  },
  // Without a number, both.
  'match number': { ...reads, answer: { status: 400, message: 'validation error' } },
  'make callflow': { ...changes, answer: { status: 400, message: 'validation error' } },
  // Of one that is not there.
  'read callflow': { ...reads, answer: unknownId },
  'change callflow': { ...changes, answer: unknownId },
  'list webhooks': { ...webhooks, answer: { status: 200 } },
  // Without a place to send to.
  'make webhook': { ...webhooks, answer: { status: 400, message: 'validation error' } },
  // Of one that is not there.
  'ask about webhook': { ...webhooks, answer: unknownId },
  reopen: { ...arranges, answer: { status: 409, message: 'account_not_closed' } },
  // Without a place to go to.
  move: { ...arranges, answer: { status: 400, message: 'validation error' } },
}

/**
 * What the contract says of this request (kazoo.md 3 and D6; decisions.md 7 to 9, 12, 16 and 17),
 * worked out from its words and not from the program's.
 */
export function expectedAnswer(
  asker: Standpoint,
  target: Target,
  ask: Ask,
  settings: Settings,
): Expected {
  if (ask === 'options') {
    return { status: 200 }
  }
  if (asker.standing !== 'full') {
    return { status: 401, message: 'invalid_credentials' }
  }
  if (ask === 'not served') {
    return { status: 404, message: 'not_found' }
  }
  const isRootItself = asker.isRoot && target.relation === 'self'
  if (ask === 'other method' || (ask === 'delete' && isRootItself)) {
    return noSuchMethod
  }
  return accountAnswer(asker, target, ask, settings)
}

function accountAnswer(asker: Standpoint, target: Target, ask: Ask, settings: Settings): Expected {
  const right = granted[ask]
  if (right === undefined) {
    return { status: 200 }
  }
  if (!right.roles.includes(asker.role) || !keySuffices(asker, right)) {
    return forbidden
  }
  const isAlone = asker.role !== 'Administrator' || asker.key?.reach === 'self'
  if (target.relation === 'unknown') {
    return asker.isRoot && !isAlone ? unknownId : forbidden
  }
  const isBelow = ['child', 'grandchild'].includes(target.relation)
  if (target.relation !== 'self' && (isAlone || !isBelow)) {
    return forbidden
  }
  if (target.condition === 'closed' || target.condition === 'closed above') {
    return ask === 'reopen' ? reopenAnswer(target) : unknownId
  }
  return isKeptBack(asker, target, ask, settings) ? forbidden : right.answer
}

/** The one act to which a closed account is not gone. */
function reopenAnswer({ relation, condition }: Target): Expected {
  if (relation === 'self') {
    return forbidden
  }
  return condition === 'closed' ? { status: 200 } : { status: 409, message: 'closed_above' }
}

/** The rows of kazoo.md 3 that are not for everyone who reaches the account. */
function isKeptBack(
  { isRoot }: Standpoint,
  { relation }: Target,
  ask: Ask,
  { allowMove, allowSiblingListing }: Settings,
): boolean {
  const isOwn = relation === 'self'
  switch (ask) {
    case 'make reseller':
    case 'end reseller':
      return !isRoot || isOwn
    case 'reopen':
      return isOwn
    case 'move':
      return isOwn || !(isRoot || allowMove === 'tree')
    case 'list siblings':
      return isOwn && !isRoot && !allowSiblingListing
    default:
      return false
  }
}

function keySuffices({ key }: Standpoint, { scope, isOfItself }: Right): boolean {
  const order: readonly KeyScope[] = ['read', 'write', 'admin']
  return (
    key === undefined ||
    (order.indexOf(key.scope) >= order.indexOf(scope) && (isOfItself || key.reach === 'branch'))
  )
}
