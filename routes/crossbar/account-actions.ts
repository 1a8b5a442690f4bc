import { accountFor } from '../../lib/account.ts'
import { moveBranch } from '../../lib/account-move.ts'
import { requireLiving } from '../../lib/accounts/read.ts'
import { reopenAccount } from '../../lib/accounts/reopen.ts'
import { renewAuthToken } from '../../lib/auth-tokens.ts'
import { DomainError } from '../../lib/errors.ts'
import { setReseller } from '../../lib/resellers.ts'
import { idOf } from '../../serializers/crossbar/account.ts'
import { accountAnswer, again, asClientSaw } from './accounts.ts'
import { UnknownIdError, ValidationError } from './errors.ts'
import type { Answer, CrossbarRoute, Exchange } from './exchange.ts'
import { accountKeyOf } from './path.ts'
import { required } from './validation/faults.ts'

const answer = { schema: 'Envelope' } as const

/** What can be done to an account beside changing its document. */
export const actionRoutes: readonly CrossbarRoute[] = [
  {
    method: 'GET',
    path: '/accounts/:id/api_key',
    operation: { summary: 'Read the AuthToken of an account', answer, refusals: [404] },
    handler: readKey,
  },
  {
    method: 'PUT',
    path: '/accounts/:id/api_key',
    operation: {
      summary: 'Give an account a new AuthToken; the old one is void at once',
      answer: { status: 201, schema: 'Envelope' },
      refusals: [404, 409, 412],
    },
    handler: renewKey,
    again: async (exchange) => ({ ...(await readKey(exchange)), status: 201 }),
  },
  {
    method: 'PUT',
    path: '/accounts/:id/reseller',
    operation: {
      summary: 'Make an account a reseller',
      answer: { status: 201, schema: 'Envelope' },
      refusals: [404, 409, 412],
    },
    handler: (exchange) => reseller(exchange, true),
    again: async (exchange, sid) => ({
      ...(await again('changeAccount')(exchange, sid)),
      status: 201,
    }),
  },
  {
    method: 'DELETE',
    path: '/accounts/:id/reseller',
    operation: { summary: 'Make it no reseller any more', answer, refusals: [404, 409, 412] },
    handler: (exchange) => reseller(exchange, false),
  },
  {
    method: 'POST',
    path: '/accounts/:id/move',
    operation: {
      summary: 'Put an account and everything below it below another',
      json: 'move',
      answer,
      refusals: [400, 404, 409, 412],
    },
    handler: move,
    again: again('moveAccount'),
  },
  {
    method: 'POST',
    path: '/accounts/:id/reopen',
    operation: {
      summary: 'Reopen a deleted or closed account, and what was closed with it',
      description: 'Everything is as it was, but for the AuthTokens, which are new.',
      answer,
      refusals: [400, 404, 409, 412],
    },
    handler: reopen,
    again: again('reopenAccount'),
  },
]

/** The one act to which an account that is closed is not gone. */
async function reopen(exchange: Exchange): Promise<Answer> {
  const { services, caller, target } = exchange
  const account = await reopenAccount(services, caller, target, asClientSaw(exchange))
  return accountAnswer(account, exchange)
}

async function readKey({ services, caller, target }: Exchange): Promise<Answer> {
  const record = requireLiving(caller, 'manageSecrets', target)
  const { authToken } = accountFor(caller, record, services.secrets)
  return { data: { api_key: authToken ?? null } }
}

async function renewKey(exchange: Exchange): Promise<Answer> {
  const { services, caller } = exchange
  const record = requireLiving(caller, 'manageSecrets', exchange.target)
  const key = await renewAuthToken(services, caller, record, asClientSaw(exchange))
  return { status: 201, data: { api_key: key } }
}

async function reseller(exchange: Exchange, isReseller: boolean): Promise<Answer> {
  const { services, caller, target } = exchange
  const seen = asClientSaw(exchange)
  const account = await setReseller(services, caller, target, isReseller, seen)
  return { ...accountAnswer(account, exchange), ...(isReseller && { status: 201 }) }
}

async function move(exchange: Exchange): Promise<Answer> {
  const { services, caller, target, maxDepth, data } = exchange
  let to: { readonly sid: string } | undefined
  const moved = moveBranch(services, caller, target, {
    maxDepth,
    async readDestination() {
      to = destination(await data())
      return to
    },
    precondition: asClientSaw(exchange),
  })
  const account = await moved.catch((error: unknown) => {
    throw to !== undefined && isNotFound(error) ? new UnknownIdError(idOf(to.sid)) : error
  })
  return accountAnswer(account, exchange)
}

function isNotFound(error: unknown): boolean {
  return error instanceof DomainError && error.refusal.kind === 'notFound'
}

function destination({ to }: { readonly to?: unknown }) {
  if (to === undefined || to === null || to === '') {
    throw new ValidationError({ to: { required } })
  }
  if (typeof to !== 'string') {
    throw new ValidationError({
      to: { type: { message: 'Value is not of type string', target: 'string', value: to } },
    })
  }
  return accountKeyOf(to)
}
