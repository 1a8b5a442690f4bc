import type { Account } from '../../lib/account.ts'
import { migrateBranch } from '../../lib/account-move.ts'
import { changeAccount, requireChangeable } from '../../lib/accounts/change.ts'
import { type ClosePreview, previewClose } from '../../lib/accounts/close-preview.ts'
import { createAccount, requireParent } from '../../lib/accounts/create.ts'
import {
  listByOrganization,
  listChildren,
  readAccount,
  readAsNow,
} from '../../lib/accounts/read.ts'
import { reopenAccount } from '../../lib/accounts/reopen.ts'
import { type AccountAction, authorize } from '../../lib/permissions.ts'
import { remembered } from '../../lib/remembered.ts'
import { previewCounts, previewXml } from '../../serializers/close-preview.ts'
import { accountJson, accountXml } from '../../serializers/restcomm/account.ts'
import type { Resource } from '../../serializers/restcomm/document.ts'
import type { Face } from '../../serializers/restcomm/face.ts'
import { changeForm, newAccountForm, organizationForm, organizationQuery } from './description.ts'
import type { Again, Answer, Exchange, RestcommRoute } from './exchange.ts'
import {
  asksForPreview,
  readChange,
  readMigration,
  readNewAccount,
  readOrganizationFilter,
} from './params.ts'

const answer = { schema: 'Account' } as const

/** The routes of accounts. A literal part stands before a parameter in its place. */
export const accountRoutes: readonly RestcommRoute[] = [
  {
    method: 'GET',
    path: '/Accounts',
    operation: {
      summary: 'List the sub-accounts of the caller',
      description:
        'Direct children in every status, in the order of creation. The root may ask for all ' +
        'accounts of an organization instead, at every level.',
      query: organizationQuery,
      answer: { ...answer, list: true },
      refusals: [400, 404],
    },
    handler: list,
  },
  {
    method: 'POST',
    path: '/Accounts',
    operation: {
      summary: 'Create a sub-account of the caller',
      form: newAccountForm,
      answer,
      refusals: [400, 409],
    },
    handler: create,
    again: (exchange, sid) =>
      again('createChild')({ ...exchange, target: exchange.caller.account }, sid),
  },
  {
    method: 'POST',
    path: '/Accounts/migrate/:id',
    operation: {
      summary: 'Move a top level account and everything below it to another organization',
      description: 'For the root account only.',
      form: organizationForm,
      answer,
      refusals: [400, 404, 412],
    },
    handler: migrate,
    again: again('changeAccount'),
  },
  {
    method: 'GET',
    path: '/Accounts/:id',
    operation: { summary: 'Read an account by SID or e-mail', answer, refusals: [404] },
    handler: read,
  },
  ...(['POST', 'PUT'] as const).map((method) => ({
    method,
    path: '/Accounts/:id',
    operation: {
      summary: 'Change an account: its name, status, password or role',
      description:
        'PUT and POST are the same. A new Password gives a new AuthToken. `Status=closed` closes ' +
        'the account and everything below it. With `DryRun=true` it is only counted what that would ' +
        'hit, and nothing is changed.',
      form: changeForm,
      answer: { schema: 'ChangedAccount' },
      refusals: [400, 404, 409],
    },
    handler: change,
    again: again('changeAccount'),
  })),
  {
    method: 'POST',
    path: '/Accounts/:id/Reopen',
    operation: {
      summary: 'Reopen a closed account, and what was closed with it',
      description:
        'For Administrators above it. Everything is as it was before the close, but for the ' +
        'AuthTokens, which are new. Refused with 409 where a realm or a name of the branch has been ' +
        'taken meanwhile.',
      answer,
      refusals: [400, 404, 409],
    },
    handler: reopen,
    again: again('reopenAccount'),
  },
]

async function list({ services, caller, face, query }: Exchange): Promise<Answer> {
  const filter = readOrganizationFilter(query())
  const pages =
    filter === undefined
      ? listChildren(services, caller)
      : await listByOrganization(services, caller, filter)
  return { many: resourcePages(pages, face), element: 'Account' }
}

async function read({ services, caller, target, face }: Exchange): Promise<Answer> {
  return { one: resource(readAccount(services, caller, target), face) }
}

async function create(exchange: Exchange): Promise<Answer> {
  const { services, caller, maxDepth, face, form } = exchange
  requireParent(caller, caller.account, maxDepth)
  const input = { ...readNewAccount(form()), maxDepth }
  return { one: resource(await createAccount(services, caller, caller.account, input), face) }
}

async function change({ services, caller, target, face, form, query }: Exchange): Promise<Answer> {
  const account = requireChangeable(caller, target)
  const parameters = form()
  if (asksForPreview(parameters, query)) {
    return { one: previewResource(await previewClose(services, caller, account)) }
  }
  const input = readChange(parameters)
  return { one: resource(await changeAccount(services, caller, account, input), face) }
}

async function reopen({ services, caller, target, face }: Exchange): Promise<Answer> {
  return { one: resource(await reopenAccount(services, caller, target), face) }
}

async function migrate({ services, caller, target, face, form }: Exchange): Promise<Answer> {
  const moved = await migrateBranch(services, caller, target, () => readMigration(form()))
  return { one: resource(moved, face) }
}

/** An account that an equal request has made or changed, as it is now, to whoever may still do that. */
function again(action: AccountAction): Again {
  return async ({ services, caller, target, face }, sid) => {
    authorize(caller, action, target)
    return { one: resource(await readAsNow(services, caller, sid), face) }
  }
}

function resource(account: Account, face: Face): Resource {
  return resources[face](account)
}

const resources = { documented: resourcesOf('documented'), compat: resourcesOf('compat') }

/** One and the same for an account that is asked for again, so that its text is made once. */
function resourcesOf(face: Face): (account: Account) => Resource {
  return remembered((account) => ({
    element: 'Account',
    xml: () => accountXml(account, face),
    json: () => accountJson(account, face),
  }))
}

function previewResource(preview: ClosePreview): Resource {
  return {
    element: 'ClosePreview',
    xml: () => previewXml(preview),
    json: () => ({ sid: preview.sid, ...previewCounts(preview) }),
  }
}

async function* resourcePages(
  pages: AsyncIterable<readonly Account[]>,
  face: Face,
): AsyncGenerator<Resource[]> {
  for await (const page of pages) {
    yield page.map((account) => resource(account, face))
  }
}
