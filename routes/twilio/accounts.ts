import { isRoot } from '../../lib/account-tree.ts'
import { changeAccount, requireChangeable } from '../../lib/accounts/change.ts'
import { createAccount, requireParent } from '../../lib/accounts/create.ts'
import { listFamily, readAccount, readAsNow } from '../../lib/accounts/read.ts'
import { authorize } from '../../lib/permissions.ts'
import { accountJson, statusesNamed } from '../../serializers/twilio/account.ts'
import { pageJson } from '../../serializers/twilio/page.ts'
import { changeForm, filterQuery, newAccountForm, pageQuery } from './description.ts'
import { TwilioError } from './errors.ts'
import type { Answer, Exchange, TwilioRoute } from './exchange.ts'
import { cutPage, readPageRequest } from './paging.ts'
import { readChange, readFilter, readNewAccount, refuseDryRun } from './params.ts'

export const accountRoutes: readonly TwilioRoute[] = [
  {
    method: 'GET',
    path: '/Accounts',
    operation: {
      summary: "List the caller's account and its subaccounts",
      query: [...filterQuery, ...pageQuery],
      answer: { schema: 'AccountPage' },
      refusals: [],
    },
    handler: list,
  },
  {
    method: 'POST',
    path: '/Accounts',
    operation: {
      summary: 'Create a subaccount of the caller',
      form: newAccountForm,
      answer: { status: 201, schema: 'Account' },
      refusals: [409],
    },
    handler: create,
    again: createdBefore,
  },
  {
    method: 'GET',
    path: '/Accounts/:id',
    operation: { summary: 'Fetch an account', answer: { schema: 'Account' }, refusals: [404] },
    handler: fetch,
  },
  {
    method: 'POST',
    path: '/Accounts/:id',
    operation: {
      summary: 'Update an account: its name or its status',
      description:
        '`Status=closed` closes the account and everything below it. No update opens it again.',
      form: changeForm,
      answer: { schema: 'Account' },
      refusals: [404, 409],
    },
    handler: update,
    again: updatedBefore,
  },
]

async function list({ services, caller, listPath, query }: Exchange): Promise<Answer> {
  authorize(caller, 'readAccount', caller.account)
  const form = query()
  const { friendlyName, status } = readFilter(form)
  const request = readPageRequest(form)
  const filter = {
    ...(friendlyName !== undefined && { friendlyName }),
    ...(status !== undefined && { statuses: statusesNamed(status) }),
  }
  const accounts = await listFamily(services, caller, { filter, page: request.read })
  const { rows, ...page } = cutPage(request, accounts)
  const filters = {
    ...(friendlyName !== undefined && { FriendlyName: friendlyName }),
    ...(status !== undefined && { Status: status }),
  }
  const items = rows.map(accountJson)
  return {
    status: 200,
    body: pageJson({ name: 'accounts', items, path: listPath, filters, ...page }),
  }
}

async function create(exchange: Exchange): Promise<Answer> {
  const { services, caller, maxDepth, form } = exchange
  requireParent(caller, caller.account, maxDepth)
  const input = readNewAccount(form(), new Date(services.now()))
  const made = await createAccount(services, caller, caller.account, {
    ...input,
    status: 'active',
    organizationSid: undefined,
    maxDepth,
  })
  return { status: 201, body: accountJson(made) }
}

async function createdBefore({ services, caller }: Exchange, sid: string): Promise<Answer> {
  authorize(caller, 'createChild', caller.account)
  return { status: 201, body: accountJson(await readAsNow(services, caller, sid)) }
}

async function updatedBefore(exchange: Exchange, sid: string): Promise<Answer> {
  const { services, caller, target } = exchange
  authorize(caller, 'changeAccount', target)
  return { status: 200, body: accountJson(await readAsNow(services, caller, sid)) }
}

async function fetch({ services, caller, target }: Exchange): Promise<Answer> {
  return { status: 200, body: accountJson(readAccount(services, caller, target)) }
}

/** The rules of Status come in Twilio's own order: the word, whose it is, closed, the parent (twilio.md 4). */
async function update({ services, caller, target, form, query }: Exchange): Promise<Answer> {
  const account = authorize(caller, 'changeAccount', target)
  const { friendlyName, status } = readChange(form())
  if (status !== undefined) {
    refuseDryRun(form(), query())
  }
  if (status !== undefined && (account.sid === caller.account.sid || isRoot(account))) {
    throw new TwilioError(21477)
  }
  requireChangeable(caller, account)
  if (friendlyName === undefined && status === undefined) {
    return { status: 200, body: accountJson(readAccount(services, caller, account)) }
  }
  const change = { friendlyName, status, password: undefined, role: undefined }
  return { status: 200, body: accountJson(await changeAccount(services, caller, account, change)) }
}
