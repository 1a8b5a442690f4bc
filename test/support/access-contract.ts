import type { Asker, Target } from './relatives.ts'
import type { Parameters } from './restcomm.ts'

/** What a request asks for, in the words of the contract. */
export type Ask =
  | 'read'
  | 'change'
  | 'change status'
  | 'change role'
  | 'migrate'
  | 'reopen'
  | 'preview'
  | 'read audit'
  | 'list webhooks'
  | 'make webhook'
  | 'ask about webhook'
  | 'list children'
  | 'create'
  | 'list by organization'
  | 'list organizations'
  | 'create organization'
  | 'read own organization'
  | 'read other organization'
  | 'read malformed organization'
  | 'other method'
  | 'options'
  | 'not served'

/** A request that changes nothing but dates, whoever sends it. */
export type Request = {
  readonly ask: Ask
  readonly method: string
  readonly path: (target: Target) => string
  readonly form?: (target: Target) => Parameters
}

/** The answer that the contract names, with its message where it has one. */
export type Expected = { readonly status: number; readonly message?: string }

const answer = (status: number, message?: string): Expected => ({
  status,
  ...(message !== undefined && { message }),
})

const notActive = answer(403, 'Provided Account is not active')
const denied = answer(403, 'Access denied')
const closed = answer(400, 'Account is closed')

/**
 * What the contract says of this request (decisions.md 7 to 9, 12, 16 and 17, restcomm.md 6), worked
 * out from its words and not from the program's.
 */
export function expectedAnswer(asker: Asker, target: Target, { ask, path }: Request): Expected {
  const isUnderAccounts = path(target).startsWith('/Accounts')
  if (asker.standing === 'none') {
    return notActive
  }
  const routed = routingAnswer(ask)
  if (asker.standing === 'self only') {
    const mayAsk = ['read', 'change', 'change status', 'change role', 'preview'].includes(ask)
    const isOwn = mayAsk && target.relation === 'self'
    if (!isUnderAccounts || (routed === undefined && !isOwn)) {
      return notActive
    }
  }
  return routed ?? installationAnswer(asker, target, ask) ?? accountAnswer(asker, target, ask)
}

function routingAnswer(ask: Ask): Expected | undefined {
  switch (ask) {
    case 'not served':
      return answer(404)
    case 'other method':
      return answer(405)
    case 'options':
      return answer(204)
    default:
      return undefined
  }
}

/** The columns `super admin`, `Administrator` and the rest of restcomm.md 6.6, below its line on roles. */
function installationAnswer(asker: Asker, target: Target, ask: Ask): Expected | undefined {
  const forRoot = (then: Expected) => (asker.isRoot ? then : denied)
  const forAdministrator = (then: Expected) => (asker.role === 'Administrator' ? then : denied)
  switch (ask) {
    case 'list by organization':
    case 'list organizations':
      return forRoot(answer(200))
    case 'create organization':
      return forRoot(answer(409))
    case 'read own organization':
      return forAdministrator(answer(200))
    case 'read other organization':
      return forRoot(answer(200))
    case 'read malformed organization':
      return forAdministrator(answer(400))
    case 'migrate':
      return forRoot(migrationAnswer(target))
    case 'create':
      return ['Administrator', 'Developer'].includes(asker.role)
        ? answer(400, 'Email address can not be null.')
        : denied
    case 'list children':
      return asker.role === 'Guest' ? denied : answer(200)
    default:
      return undefined
  }
}

/** For the root, to the organization that everyone is in already (restcomm.md 11). */
function migrationAnswer({ relation, condition }: Target): Expected {
  if (relation === 'unknown') {
    return answer(404, 'Account not found')
  }
  if (relation !== 'child') {
    return answer(400)
  }
  return condition === 'closed'
    ? closed
    : answer(400, 'Account already in the requested Organization')
}

/** One account: an Administrator reaches its branch, anyone else itself (restcomm.md 6.3). */
function accountAnswer(asker: Asker, target: Target, ask: Ask): Expected {
  if (!mayAtAll(asker, ask)) {
    return denied
  }
  if (target.relation === 'unknown') {
    return asker.isRoot ? answer(404, 'Account not found') : denied
  }
  const isBelow = ['child', 'grandchild'].includes(target.relation)
  if (target.relation !== 'self' && !(isBelow && asker.role === 'Administrator')) {
    return denied
  }
  if (ask === 'read' || ask === 'read audit') {
    return answer(200)
  }
  if (isOfWebhooks(ask)) {
    return webhookAnswer(target, ask)
  }
  if (ask === 'reopen') {
    return reopenAnswer(asker, target)
  }
  if (target.condition === 'closed' || target.condition === 'closed above') {
    return closed
  }
  if (ask === 'preview') {
    // Nobody closes the root.
    return asker.isRoot && target.relation === 'self' ? answer(403) : answer(200)
  }
  if (ask === 'change role' && asker.role !== 'Administrator') {
    return answer(403, 'Only Administrator allowed')
  }
  // Nobody is made active below one that is not (restcomm.md 17, no. 21); an asker who stands in
  // full has nobody inactive above, and its children here are active where they have children.
  const isHeldFromAbove = asker.standing === 'self only' && target.status === 'active'
  return ask === 'change status' && isHeldFromAbove ? answer(400) : answer(200)
}

function mayAtAll({ role }: Asker, ask: Ask): boolean {
  if (ask === 'read') {
    return role !== 'Guest'
  }
  // The audit tells of everyone above who did something, and webhooks of the branch below.
  const isForAdministrators = ask === 'read audit' || isOfWebhooks(ask)
  return role === 'Administrator' || (role === 'Developer' && !isForAdministrators)
}

function isOfWebhooks(ask: Ask): boolean {
  return ['list webhooks', 'make webhook', 'ask about webhook'].includes(ask)
}

/** Those of a closed account went with it; asked without a URL, and about one that is not there. */
function webhookAnswer({ condition }: Target, ask: Ask): Expected {
  if (condition === 'closed' || condition === 'closed above') {
    return answer(404, 'Account not found')
  }
  if (ask === 'make webhook') {
    return answer(400, 'Url can not be null.')
  }
  return ask === 'list webhooks' ? answer(200) : answer(404, 'Webhook not found')
}

/** For an Administrator, of the root of a closed branch below. */
function reopenAnswer(asker: Asker, { relation, condition }: Target): Expected {
  if (asker.role !== 'Administrator') {
    return answer(403, 'Only Administrator allowed')
  }
  if (relation === 'self') {
    return answer(403)
  }
  if (condition === 'closed above') {
    return answer(400)
  }
  return condition === 'closed' ? answer(200) : answer(400, 'Account is not closed')
}

/** Whether the account is shown with its AuthToken: to who may operate it (security.md C9). */
export function seesToken(asker: Asker): boolean {
  return ['Administrator', 'Developer'].includes(asker.role)
}
