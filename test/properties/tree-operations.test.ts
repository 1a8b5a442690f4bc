import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AccountJson, type Parameters, type Reply, send } from '../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../support/start-app.ts'
import { assertSoundTree, assertSwept, storedAudit, storedTree } from '../support/stored-tree.ts'
import { type Command, commandSequences, type Picked } from '../support/tree-commands.ts'
import {
  effectiveStatus,
  isClosed,
  type ModelAccount,
  type Outcome,
  TreeModel,
} from '../support/tree-model.ts'

const maxDepth = 4
const firstPassword = 'open sesame'
const domains = ['first.example.com', 'second.example.com']
const nobody: Login = { sid: 'ACnobody'.padEnd(34, '0'), email: 'nobody@example.com', token: '' }

/** Someone in the tree of an app: how they log in, and what the model holds of them. */
type Person = { login: Login; readonly parent: Person | undefined; readonly model: ModelAccount }

type World = {
  readonly app: TestApp
  readonly model: TreeModel
  readonly people: Person[]
  readonly organizations: readonly string[]
  /** What was answered with 200, as the audit is to have it. */
  readonly acknowledged: { action: string; targetSid: string; actorSid: string }[]
}

/** Runs `body` in an app with two more organizations and nobody but the root. */
async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  const app = await startApp({ config: { maxDepth } })
  try {
    const own = (await app.store.findRoot())?.organizationSid ?? ''
    const made = await Promise.all(
      domains.map((name) => send(app, app.root, 'PUT', `/Organizations.json/${name}`)),
    )
    const root: ModelAccount = {
      parent: undefined,
      email: app.root.email,
      status: 'active',
      role: 'Administrator',
      organization: own,
      friendlyName: 'Default Administrator Account',
    }
    await body({
      app,
      model: new TreeModel(root, maxDepth),
      people: [{ login: app.root, parent: undefined, model: root }],
      organizations: [own, ...made.map((reply) => accountIn(reply).sid)],
      acknowledged: [],
    })
  } finally {
    await app.stop()
  }
}

/** A command with those it is about. */
type Request = {
  readonly command: Command
  readonly actor: Person
  readonly target: Person | undefined
}

function requestOf({ people }: World, command: Command): Request {
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
  const target = about === undefined ? undefined : numbered(about)
  const actor = pick(command.by, target) ?? people[0]
  assert.ok(actor)
  return { command, actor, target }
}

async function sendRequest(world: World, { command, actor, target }: Request): Promise<Reply> {
  const { app, organizations } = world
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
    case 'migrate': {
      const organization = organizations[command.organization] ?? ''
      return post(`/Accounts.json/migrate/${sid}`, { Organization: organization })
    }
  }
}

/** What the model says of a request, which it then takes over. */
function modelAnswer(
  { model, organizations }: World,
  { command, actor, target }: Request,
): Outcome {
  switch (command.kind) {
    case 'create':
      return model.creates(actor.model, command.account)
    case 'change':
      return model.changes(actor.model, target?.model, command.change)
    case 'migrate': {
      const organization = organizations[command.organization] ?? ''
      return model.migrates(actor.model, target?.model, organization)
    }
  }
}

/** Notes what was acknowledged, and by which secret people log in from now on. */
function note(world: World, { command, actor, target }: Request, reply: Reply): void {
  const { sid, email_address: email = '' } = accountIn(reply)
  const isClosing = command.kind === 'change' && command.change.status === 'closed'
  const action = `account.${isClosing ? 'close' : command.kind}`
  world.acknowledged.push({ action, targetSid: sid, actorSid: actor.login.sid })
  if (command.kind === 'create') {
    const model = world.model.add(actor.model, command.account)
    world.people.push({ login: { sid, email, token: firstPassword }, parent: actor, model })
  }
  const password = command.kind === 'change' ? command.change.password : undefined
  if (target !== undefined && password !== undefined) {
    target.login = { ...target.login, token: password }
  }
}

async function runOne(world: World, command: Command): Promise<void> {
  const request = requestOf(world, command)
  const expected = modelAnswer(world, request)
  const before = request.target?.login
  const reply = await sendRequest(world, request)
  assert.is(reply.status, expected, `${JSON.stringify(command)} was answered ${reply.text}`)
  if (reply.status === 200) {
    note(world, request, reply)
  }
  if (before !== undefined && before.token !== request.target?.login.token) {
    const old = await send(world.app, before, 'GET', `/Accounts/${before.sid}`)
    assert.is(old.status, 401, 'an old secret still works')
  }
}

/** That the store, and what the root is shown, are as the model says. */
async function assertLikeModel({ app, people, acknowledged }: World): Promise<void> {
  const tree = storedTree(app.folder)
  const root = people[0]?.login
  assert.is(tree.size, people.length)
  for (const { login, parent, model } of people) {
    const stored = tree.get(login.sid)
    assert.is(stored?.parent?.sid, parent?.login.sid)
    assert.is(stored?.email, model.email)
    assert.is(stored?.status, model.status)
    assert.is(stored?.role, model.role)
    assert.is(stored?.organizationSid, model.organization)
    assert.is(stored?.friendlyName, model.friendlyName)
    const shown = accountIn(await send(app, root, 'GET', `/Accounts.json/${model.email}`))
    assert.is(shown.sid, login.sid)
    assert.is(shown.status, effectiveStatus(model))
    const own = await send(app, login, 'GET', `/Accounts/${login.sid}`)
    const mayLogIn = ['active', 'uninitialized'].includes(effectiveStatus(model))
    assert.is(own.status, mayLogIn && model.role !== 'Guest' ? 200 : 403)
  }
  assert.equal(storedAudit(app.folder), acknowledged)
}

async function sweep({ app }: World): Promise<void> {
  while ((await app.store.sweepClosedBranches(3)) === 'more') {}
}

function accountIn(reply: Reply): AccountJson {
  // Its shape is proved by the tests of the representation.
  return reply.json() as AccountJson
}

test('any sequence of operations does to the tree what the rules say', async () => {
  const closedOnce = async (world: World, commands: readonly Command[]) => {
    const closed = new Set<Person>()
    for (const command of commands) {
      await runOne(world, command)
      for (const person of world.people.filter(({ model }) => isClosed(model))) {
        closed.add(person)
      }
    }
    return closed
  }
  await fc.assert(
    fc.asyncProperty(commandSequences(30), (commands) =>
      inWorld(async (world) => {
        const closed = await closedOnce(world, commands)
        assertSoundTree(storedTree(world.app.folder))
        await sweep(world)
        const tree = storedTree(world.app.folder)
        assertSoundTree(tree)
        assertSwept(tree)
        for (const { login } of closed) {
          assert.ok(tree.get(login.sid)?.closedBy, 'what was closed once is closed for good')
        }
        await assertLikeModel(world)
      }),
    ),
    { numRuns: 300, interruptAfterTimeLimit: 15_000, includeErrorInReport: true },
  )
})

test('operations at the same time leave a tree that is sound, and record what they did', async () => {
  const outcomes = [200, 400, 401, 403, 404, 409]
  await fc.assert(
    fc.asyncProperty(commandSequences(3), (commands) =>
      inWorld(async (world) => {
        for (let at = 0; at < commands.length; at += 6) {
          const requests = commands.slice(at, at + 6).map((command) => requestOf(world, command))
          const replies = await Promise.all(requests.map((request) => sendRequest(world, request)))
          for (const [index, request] of requests.entries()) {
            const reply = replies[index]
            assert.ok(reply && outcomes.includes(reply.status), reply?.text)
            if (reply.status === 200) {
              note(world, request, reply)
            }
          }
          assertSoundTree(storedTree(world.app.folder))
        }
        await sweep(world)
        const tree = storedTree(world.app.folder)
        assertSoundTree(tree)
        assertSwept(tree)
        const byText = (rows: readonly object[]) => rows.map((row) => JSON.stringify(row)).sort()
        assert.equal(byText(storedAudit(world.app.folder)), byText(world.acknowledged))
      }),
    ),
    { numRuns: 200, interruptAfterTimeLimit: 10_000, includeErrorInReport: true },
  )
})

test.run()
