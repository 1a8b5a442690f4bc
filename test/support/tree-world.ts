import * as assert from 'uvu/assert'
import { type Answer, ask, freshName, idOf, pathOf } from './crossbar.ts'
import type { Past } from './reopen-model.ts'
import { type AccountJson, type Parameters, type Reply, send } from './restcomm.ts'
import type { Login, TestApp } from './start-app.ts'
import type { Command, KazooCommand, Picked } from './tree-commands.ts'
import { isClosed, type ModelAccount, type TreeModel } from './tree-model.ts'

export const firstPassword = 'open sesame'
const nobody: Login = { sid: 'ACnobody'.padEnd(34, '0'), email: 'nobody@example.com', token: '' }

/** Someone in the tree of an app: how they log in, and what the model holds of them. */
export type Person = { login: Login; parent: Person | undefined; readonly model: ModelAccount }

export type World = {
  readonly app: TestApp
  readonly model: TreeModel
  readonly people: Person[]
  readonly organizations: readonly string[]
  readonly past: Past
  /** The rows of each branch as they were when it was closed. */
  readonly closedAs: Map<Person, readonly object[]>
  /** What was answered with 200, as the audit is to have it. */
  readonly acknowledged: { action: string; targetSid: string; actorSid: string }[]
}

/** A command with those it is about. */
export type Request = {
  readonly command: Command
  readonly actor: Person
  readonly target: Person | undefined
  /** Where a move goes, and the name that Crossbar is to give. */
  readonly to: Person | undefined
  readonly name: string | undefined
}

export function requestOf({ people }: World, command: Command): Request {
  const numbered = (at: number) => people[at % people.length]
  const pick = (picked: Picked, target: Person | undefined) => {
    switch (picked) {
      case 'root':
        return people[0]
      case 'parent':
        return target?.parent
      case 'itself':
        return target
      default:
        return numbered(picked)
    }
  }
  const about = command.kind === 'create' ? undefined : command.target
  const closed = people.filter(({ model }) => model.status === 'closed')
  const isOfClosed = command.kind === 'reopen' && command.ofClosed && closed.length > 0
  const among = isOfClosed ? closed : people
  const target = about === undefined ? undefined : among[about % among.length]
  const actor = pick(command.by, target) ?? people[0]
  assert.ok(actor)
  const toNumber = command.kind === 'kazoo move' ? command.to : undefined
  const to = toNumber === undefined ? undefined : numbered(toNumber)
  const naming = 'name' in command ? command.name : undefined
  const named = typeof naming === 'number' ? numbered(naming)?.model : undefined
  // Until it is swept a closed account may keep its name, so that is none to try.
  const isLent = named !== undefined && !isClosed(named)
  const name = naming === undefined ? undefined : isLent ? named.friendlyName : freshName()
  return { command, actor, target, to, name }
}

export type Answered = Pick<Reply, 'status' | 'text'> & {
  /** Of the account that the answer shows. */
  readonly sid: string
  readonly email: string
}

export async function sendRequest(world: World, request: Request): Promise<Answered> {
  const { command } = request
  if (command.kind === 'reopen' && command.through === 'crossbar') {
    const path = pathOf(request.target?.login ?? nobody, '/reopen')
    const { status, text, data } = await ask(world.app, request.actor.login, 'POST', path)
    return { status, text, sid: `AC${data.id}`, email: '' }
  }
  if (isKazoo(command)) {
    const { status, text, data } = await askKazoo(world, request, command)
    return { status, text, sid: `AC${data.id}`, email: '' }
  }
  const reply = await sendRestcomm(world, request, command)
  const { sid, email_address: email = '' } = accountIn(reply)
  return { status: reply.status, text: reply.text, sid, email }
}

function isKazoo(command: Command): command is KazooCommand {
  return command.kind.startsWith('kazoo')
}

function askKazoo(
  { app }: World,
  { actor, target, to, name }: Request,
  command: KazooCommand,
): Promise<Answer> {
  const path = pathOf(target?.login ?? nobody)
  const named = name !== undefined && { name }
  switch (command.kind) {
    case 'kazoo create':
    case 'kazoo patch': {
      const { kind, enabled } = command
      const data = { ...named, ...(enabled !== undefined && { enabled }) }
      return ask(app, actor.login, kind === 'kazoo patch' ? 'PATCH' : 'PUT', path, { data })
    }
    case 'kazoo delete':
      return ask(app, actor.login, 'DELETE', path)
    case 'kazoo move': {
      const data = { to: idOf((to?.login ?? nobody).sid) }
      return ask(app, actor.login, 'POST', `${path}/move`, { data })
    }
    case 'kazoo reseller':
      return ask(app, actor.login, command.isReseller ? 'PUT' : 'DELETE', `${path}/reseller`)
  }
}

async function sendRestcomm(
  { app, organizations }: World,
  { actor, target }: Request,
  command: Exclude<Command, KazooCommand>,
): Promise<Reply> {
  const { sid } = target?.login ?? nobody
  const post = (path: string, form: Parameters) => send(app, actor.login, 'POST', path, form)
  switch (command.kind) {
    case 'create': {
      const { email, status, role } = command.account
      const form = { EmailAddress: email, Password: firstPassword, Status: status }
      return post('/Accounts.json', { ...form, ...(role && { Role: role }) })
    }
    case 'change': {
      const { friendlyName, status, role, password } = command.change
      return post(`/Accounts.json/${sid}`, {
        ...(friendlyName && { FriendlyName: friendlyName }),
        ...(status && { Status: status }),
        ...(role && { Role: role }),
        ...(password && { Password: password }),
      })
    }
    case 'reopen':
      return post(`/Accounts.json/${sid}/Reopen`, {})
    case 'migrate': {
      const organization = organizations[command.organization] ?? ''
      return post(`/Accounts.json/migrate/${sid}`, { Organization: organization })
    }
  }
}

export function accountIn(reply: Reply): AccountJson {
  // Its shape is proved by the tests of the representation.
  return reply.json() as AccountJson
}
