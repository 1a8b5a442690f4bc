import * as assert from 'uvu/assert'
import { ask, idOf, objectFrom } from '../support/crossbar.ts'
import { createAccount, freshEmail, send as sendRestcomm } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot } from '../support/start-process.ts'
import { send as sendTwilio } from '../support/twilio.ts'
import { changed, type Dialect, type Intent, type Knowledge, type Known } from './known.ts'
import type { Random } from './length.ts'

export const demo = ['--demo', '--bcrypt-cost', '4', '--throttle', 'off']
const writerCount = 8

/** A client that changes accounts in all dialects, each request after the answer to the one before. */
export type Writer = Knowledge & {
  readonly login: Login
  /** Passwords by SID, of those that were set and answered. */
  readonly passwords: Map<string, string>
  begun: number
  answered: number
}

/** An answer as the dialects have it in common. */
export type Answered = { readonly status: number; readonly headers: Headers; readonly text: string }

export type Watch = {
  /** Told before a request goes out and after its success is known to the writer. */
  readonly begins?: (writer: Writer, intent: Intent) => void
  readonly succeeded?: (writer: Writer, now: Known) => void
  /** What to do about an answer that is no success; by default it is a failure of the drill. */
  readonly refused?: (answer: Answered, intent: Intent) => void
}

export type Place = { readonly url: string }

export async function makeWriters(place: Place): Promise<readonly [Writer, ...Writer[]]> {
  const others = Array.from({ length: writerCount - 1 }, () => makeWriter(place))
  return [await makeWriter(place), ...(await Promise.all(others))]
}

async function makeWriter(place: Place): Promise<Writer> {
  const login = await createAccount(place, demoRoot)
  return {
    login,
    topSid: login.sid,
    accounts: new Map<string, Known>(),
    pending: undefined,
    passwords: new Map<string, string>(),
    begun: 0,
    answered: 0,
  }
}

/** Writes until the server is gone or `isOver` says so. Throws when anything is refused that `watch` does not expect. */
export async function write(
  place: Place,
  writer: Writer,
  random: Random,
  watch: Watch = {},
  isOver: () => boolean = () => false,
): Promise<void> {
  while (!isOver()) {
    const intent = nextIntent(writer, random)
    watch.begins?.(writer, intent)
    writer.pending = intent
    if (intent.kind === 'token') {
      writer.passwords.delete(intent.sid)
    }
    const answer = await request(place, writer, intent).catch(() => undefined)
    if (answer === undefined) {
      return
    }
    if (answer.status >= 400) {
      const described = `${JSON.stringify(intent)}: ${answer.status} ${answer.text}`
      assert.ok(watch.refused !== undefined, described)
      watch.refused(answer, intent)
      return
    }
    const now = noted(writer, intent, answer)
    writer.accounts.set(now.sid, now)
    if (intent.kind === 'token') {
      writer.passwords.set(now.sid, intent.password)
    }
    writer.pending = undefined
    writer.answered += 1
    watch.succeeded?.(writer, now)
  }
}

/** Sends what an intent says, as the writer or, for a move, as the root. */
async function request(place: Place, { login }: Writer, intent: Intent): Promise<Answered> {
  switch (intent.dialect) {
    case 'restcomm':
      return restcommRequest(place, login, intent)
    case 'twilio':
      return twilioRequest(place, login, intent)
    case 'crossbar':
      return crossbarRequest(place, login, intent)
  }
}

function restcommRequest(place: Place, login: Login, intent: Intent): Promise<Answered> {
  const change = (sid: string, parameters: Readonly<Record<string, string>>) =>
    sendRestcomm(place, login, 'PUT', `/Accounts/${sid}.json`, parameters)
  switch (intent.kind) {
    case 'create':
      return sendRestcomm(place, login, 'POST', '/Accounts.json', {
        ...{ EmailAddress: freshEmail(), Password: `${intent.name} first` },
        FriendlyName: intent.name,
      })
    case 'rename':
      return change(intent.sid, { FriendlyName: intent.name })
    case 'status':
      return change(intent.sid, { Status: intent.status })
    case 'token':
      return change(intent.sid, { Password: intent.password })
    default:
      throw new Error(`${intent.kind} is not for this dialect`)
  }
}

function twilioRequest(place: Place, login: Login, intent: Intent): Promise<Answered> {
  const to = (method: string, path: string, parameters?: Readonly<Record<string, string>>) =>
    sendTwilio(place, login, method, path, parameters)
  switch (intent.kind) {
    case 'create':
      return to('POST', '/Accounts.json', { FriendlyName: intent.name })
    case 'rename':
      return to('POST', `/Accounts/${intent.sid}.json`, { FriendlyName: intent.name })
    case 'status':
      return to('POST', `/Accounts/${intent.sid}.json`, { Status: intent.status })
    case 'addKey':
      return to('POST', `/Accounts/${intent.sid}/Keys.json`, { FriendlyName: intent.name })
    case 'renameKey':
      return to('POST', `/Accounts/${intent.sid}/Keys/${intent.keySid}.json`, {
        FriendlyName: intent.name,
      })
    case 'removeKey':
      return to('DELETE', `/Accounts/${intent.sid}/Keys/${intent.keySid}.json`)
    default:
      throw new Error(`${intent.kind} is not for this dialect`)
  }
}

function crossbarRequest(place: Place, login: Login, intent: Intent): Promise<Answered> {
  const to = (
    method: string,
    sid: string,
    rest: string,
    data: Readonly<Record<string, string | boolean>>,
  ) => ask(place, login, method, `/accounts/${idOf(sid)}${rest}`, { data })
  switch (intent.kind) {
    case 'create':
      return to('PUT', intent.parentSid, '', { name: intent.name })
    case 'rename':
      return to('PATCH', intent.sid, '', { name: intent.name })
    case 'status':
      return intent.status === 'closed'
        ? to('DELETE', intent.sid, '', {})
        : to('PATCH', intent.sid, '', { enabled: intent.status === 'active' })
    case 'move': {
      const asked = { data: { to: idOf(intent.parentSid) } }
      return ask(place, demoRoot, 'POST', `/accounts/${idOf(intent.sid)}/move`, asked)
    }
    default:
      throw new Error(`${intent.kind} is not for this dialect`)
  }
}

/** The account as a success left it. */
function noted(writer: Writer, intent: Intent, { text }: Answered): Known {
  const told = text === '' ? {} : objectFrom(JSON.parse(text))
  const data = intent.dialect === 'crossbar' ? objectFrom(told.data) : told
  const token = typeof data.auth_token === 'string' ? data.auth_token : ''
  if (intent.kind !== 'create') {
    const account = writer.accounts.get(intent.sid)
    assert.ok(account)
    const keySid = String(data.sid ?? '')
    return changed(account, intent, { token, keySid })
  }
  const { parentSid, isBranch, name } = intent
  const sid = intent.dialect === 'crossbar' ? `AC${data.id}` : String(data.sid)
  return { sid, parentSid, isBranch, name, status: 'active', token, revision: 1, keys: {} }
}

const onlyHere: Readonly<Partial<Record<Intent['kind'], Dialect>>> = {
  token: 'restcomm',
  addKey: 'twilio',
  renameKey: 'twilio',
  removeKey: 'twilio',
  move: 'crossbar',
}

function nextIntent(writer: Writer, random: Random): Intent {
  writer.begun += 1
  const name = `${writer.topSid.slice(-6)} ${writer.begun}`
  const isLiving = ({ parentSid, status }: Known) =>
    status !== 'closed' && writer.accounts.get(parentSid)?.status !== 'closed'
  const living = [...writer.accounts.values()].filter(isLiving)
  const branches = living.filter(({ isBranch }) => isBranch)
  const leaf = random.oneOf(living.filter(({ isBranch }) => !isBranch))
  const branch = random.oneOf(branches)
  const dialect = random.oneOf<Dialect>(['restcomm', 'twilio', 'crossbar']) ?? 'restcomm'
  if (leaf === undefined || branch === undefined || random.below(100) < 35) {
    const isBranch = branch === undefined || random.below(6) === 0
    const parentSid = isBranch ? writer.topSid : branch.sid
    // The other two put what they make below the caller.
    return isBranch
      ? { kind: 'create', dialect, parentSid, isBranch, name }
      : { kind: 'create', dialect: 'crossbar', parentSid, isBranch, name }
  }
  return nextChange({ leaf, branch, branches }, { dialect, name }, random)
}

type Choice = { readonly leaf: Known; readonly branch: Known; readonly branches: readonly Known[] }

function nextChange(
  { leaf, branch, branches }: Choice,
  { dialect, name }: { readonly dialect: Dialect; readonly name: string },
  random: Random,
): Intent {
  const keySid = random.oneOf(Object.keys(leaf.keys))
  const dice = random.below(100)
  const sid = leaf.sid
  if (dice < 4) {
    // Crossbar deletes no account with others below it.
    const own = dialect === 'crossbar' ? sid : branch.sid
    return { kind: 'status', dialect, sid: own, status: 'closed' }
  }
  if (dice < 22) {
    return { kind: 'rename', dialect, sid: dice < 10 ? branch.sid : sid, name }
  }
  if (dice < 34) {
    return { kind: 'token', dialect: onlyHere.token ?? dialect, sid, password: `password ${name}` }
  }
  if (dice < 50) {
    const parentSid = random.oneOf(branches)?.sid ?? leaf.parentSid
    if (parentSid !== leaf.parentSid) {
      return { kind: 'move', dialect: 'crossbar', sid, parentSid }
    }
  }
  if (dice < 75) {
    if (keySid === undefined || dice < 60) {
      return { kind: 'addKey', dialect: 'twilio', sid, name }
    }
    return dice < 68
      ? { kind: 'renameKey', dialect: 'twilio', sid, keySid, name }
      : { kind: 'removeKey', dialect: 'twilio', sid, keySid }
  }
  const status = leaf.status === 'active' ? 'suspended' : 'active'
  return { kind: 'status', dialect, sid, status }
}
