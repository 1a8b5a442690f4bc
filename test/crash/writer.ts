import { randomInt } from 'node:crypto'
import * as assert from 'uvu/assert'
import { type AccountJson, freshEmail, type Parameters, send } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'

/** An account as the last answered request left it. */
export type Known = {
  readonly sid: string
  readonly parentSid: string
  /** Whether it has or may get accounts below it; then it is never suspended. */
  readonly isBranch: boolean
  name: string
  /** Its own. */
  status: string
  token: string
  password: string
}

/** A client that alone changes the accounts below its own, one request after the other. */
export type Writer = {
  readonly login: Login
  readonly accounts: Map<string, Known>
  /** Those with news since they were last checked. */
  readonly touched: Set<Known>
  /** The request that was sent and not answered. */
  unanswered: Intent | undefined
  /** Requests that were sent; gives names that no other change of the writer has. */
  begun: number
  answered: number
}

type Create = { readonly kind: 'create'; readonly parameters: Parameters } & Pick<
  Known,
  'parentSid' | 'isBranch'
>
type Change = { readonly kind: 'change'; readonly account: Known; readonly parameters: Parameters }
type Intent = Create | Change

export type Observed = ReadonlyMap<string, AccountJson>

export function makeWriter(login: Login): Writer {
  return {
    login,
    accounts: new Map(),
    touched: new Set(),
    unanswered: undefined,
    begun: 0,
    answered: 0,
  }
}

/** Creates and changes accounts until the server is gone. Throws when anything is refused. */
export async function writeUntilKilled(url: string, writer: Writer): Promise<void> {
  while (true) {
    const intent = nextIntent(writer)
    writer.unanswered = intent
    const reply = await request(url, writer, intent).catch(() => undefined)
    if (reply === undefined) {
      return
    }
    assert.is(reply.status, 200, `${JSON.stringify(intent)}: ${reply.text}`)
    note(writer, intent, JSON.parse(reply.text))
    writer.unanswered = undefined
    writer.answered += 1
  }
}

/** Finds out whether the unanswered request was carried out, and takes it for done if it was. */
export function settle(writer: Writer, observed: Observed): void {
  const intent = writer.unanswered
  writer.unanswered = undefined
  if (intent === undefined) {
    return
  }
  const account =
    intent.kind === 'create'
      ? [...observed.values()].find(
          ({ email_address }) => email_address === intent.parameters.EmailAddress,
        )
      : observed.get(intent.account.sid)
  if (account !== undefined && (intent.kind === 'create' || isDone(intent, account))) {
    note(writer, intent, account)
  }
}

/** What an ancestor shows of an account. */
export function effectiveStatus({ accounts }: Writer, { status, parentSid }: Known): string {
  return accounts.get(parentSid)?.status === 'closed' ? 'closed' : status
}

function isDone({ account, parameters }: Change, observed: AccountJson): boolean {
  return (
    observed.friendly_name === parameters.FriendlyName ||
    observed.status === parameters.Status ||
    (parameters.Password !== undefined && observed.auth_token !== account.token)
  )
}

function note(writer: Writer, intent: Intent, observed: AccountJson): void {
  const account = intent.kind === 'create' ? newlyKnown(intent, observed) : intent.account
  const { FriendlyName, Status, Password } = intent.parameters
  account.name = FriendlyName ?? account.name
  account.status = Status ?? account.status
  if (Password !== undefined) {
    account.password = Password
    account.token = observed.auth_token ?? ''
  }
  writer.accounts.set(account.sid, account)
  writer.touched.add(account)
}

function newlyKnown({ parentSid, isBranch }: Create, { sid }: AccountJson): Known {
  return { sid, parentSid, isBranch, name: '', status: 'active', token: '', password: '' }
}

function request(url: string, writer: Writer, intent: Intent) {
  const parameters = intent.parameters
  if (intent.kind === 'change') {
    return send({ url }, writer.login, 'PUT', `/Accounts/${intent.account.sid}.json`, parameters)
  }
  const parent = writer.accounts.get(intent.parentSid)
  const login = parent === undefined ? writer.login : { ...parent, email: '' }
  return send({ url }, login, 'POST', '/Accounts.json', parameters)
}

function nextIntent(writer: Writer): Intent {
  writer.begun += 1
  const living = [...writer.accounts.values()].filter(
    (account) => effectiveStatus(writer, account) !== 'closed',
  )
  const leaf = oneOf(living.filter(({ isBranch }) => !isBranch))
  const branch = oneOf(living.filter(({ isBranch }) => isBranch))
  const dice = randomInt(100)
  if (leaf === undefined || branch === undefined || dice < 45) {
    return creation(writer, branch, `name ${writer.begun}`, dice)
  }
  const change = (account: Known, parameters: Parameters): Change => {
    return { kind: 'change', account, parameters }
  }
  if (dice < 48) {
    return change(branch, { Status: 'closed' })
  }
  if (dice < 65) {
    return change(dice < 55 ? branch : leaf, { FriendlyName: `renamed ${writer.begun}` })
  }
  if (dice < 80) {
    return change(leaf, { Password: `new password ${writer.begun}` })
  }
  return change(leaf, { Status: leaf.status === 'active' ? 'suspended' : 'active' })
}

function creation(writer: Writer, branch: Known | undefined, name: string, dice: number): Create {
  const isBranch = branch === undefined || dice % 8 === 0
  return {
    kind: 'create',
    isBranch,
    parentSid: isBranch ? writer.login.sid : branch.sid,
    parameters: { EmailAddress: freshEmail(), Password: `${name} first`, FriendlyName: name },
  }
}

function oneOf<T>(items: readonly T[]): T | undefined {
  return items.length === 0 ? undefined : items[randomInt(items.length)]
}
