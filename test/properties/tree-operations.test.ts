import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, idOf, pathOf } from '../support/crossbar.ts'
import {
  addBelow,
  kazooCreates,
  kazooDeletes,
  kazooMoves,
  kazooPatches,
  kazooSetsReseller,
  livingBelow,
  type NewKazooAccount,
  resellerOf,
} from '../support/kazoo-model.ts'
import { inCrossbar, Past, reopens } from '../support/reopen-model.ts'
import {
  assertGivenBack,
  branchRows,
  noteNewTokens,
  plantKeyAndCallflow,
} from '../support/reopened-branches.ts'
import { type AccountJson, send } from '../support/restcomm.ts'
import { startApp } from '../support/start-app.ts'
import { assertSoundTree, assertSwept, storedAudit, storedTree } from '../support/stored-tree.ts'
import { type Command, commandSequences } from '../support/tree-commands.ts'
import {
  badness,
  effectiveStatus,
  isClosed,
  type ModelAccount,
  type Outcome,
  TreeModel,
  worst,
} from '../support/tree-model.ts'
import {
  type Answered,
  accountIn,
  firstPassword,
  type Person,
  type Request,
  requestOf,
  sendRequest,
  type World,
} from '../support/tree-world.ts'
import { pageOf, send as sendTwilio } from '../support/twilio.ts'

const maxDepth = 4
const domains = ['first.example.com', 'second.example.com']

/** Runs `body` in an app with two more organizations and nobody but the root. */
async function inWorld(body: (world: World) => Promise<void>): Promise<void> {
  // No two things happen at the same time, so that it is known which came first.
  let clock = Date.now()
  const now = () => {
    clock += 1
    return clock
  }
  const app = await startApp({ config: { maxDepth }, now })
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
      isReseller: true,
    }
    await body({
      app,
      model: new TreeModel(root, maxDepth),
      people: [{ login: app.root, parent: undefined, model: root }],
      organizations: [own, ...made.map((reply) => accountIn(reply).sid)],
      past: new Past(),
      closedAs: new Map(),
      acknowledged: [],
    })
  } finally {
    await app.stop()
  }
}

/** What the model says of a request, which it then takes over. */
function modelAnswer({ model, organizations, past }: World, request: Request): Outcome {
  const { command, actor, target, to, name } = request
  const by = actor.model
  switch (command.kind) {
    case 'create':
      return model.creates(by, command.account)
    case 'change':
      return model.changes(by, target?.model, command.change)
    case 'migrate': {
      const organization = organizations[command.organization] ?? ''
      return model.migrates(by, target?.model, organization)
    }
    case 'reopen': {
      const outcome = reopens(model, past, by, target?.model)
      return command.through === 'crossbar' ? inCrossbar(outcome, by) : outcome
    }
    case 'kazoo create':
      return kazooCreates(model, by, target?.model, newKazooAccount(request))
    case 'kazoo patch': {
      const { enabled } = command
      const patch = {
        ...(name !== undefined && { name }),
        ...(enabled !== undefined && { enabled }),
      }
      return kazooPatches(model, by, target?.model, patch)
    }
    case 'kazoo delete':
      return kazooDeletes(model, by, target?.model)
    case 'kazoo move':
      return kazooMoves(model, by, target?.model, to?.model)
    case 'kazoo reseller':
      return kazooSetsReseller(model, by, target?.model, command.isReseller)
  }
}

function newKazooAccount({ command, name = '' }: Request): NewKazooAccount {
  const enabled = command.kind === 'kazoo create' ? command.enabled : undefined
  return { name, ...(enabled !== undefined && { enabled }) }
}

function actionOf(command: Command): string {
  const isClosing = command.kind === 'change' && command.change.status === 'closed'
  switch (command.kind) {
    case 'kazoo create':
      return 'account.create'
    case 'kazoo delete':
      return 'account.close'
    case 'kazoo move':
      return 'account.move'
    case 'kazoo patch':
    case 'kazoo reseller':
      return 'account.change'
    default:
      return `account.${isClosing ? 'close' : command.kind}`
  }
}

/** Notes what was acknowledged, who is where, and by which secret people log in from now on. */
async function note(world: World, request: Request, { sid, email }: Answered): Promise<void> {
  const { command, actor, target, to } = request
  const { app, model, people, acknowledged } = world
  acknowledged.push({ action: actionOf(command), targetSid: sid, actorSid: actor.login.sid })
  if (command.kind === 'create' || command.kind === 'kazoo create') {
    plantKeyAndCallflow(world, sid)
  }
  if (command.kind === 'create') {
    const login = { sid, email, token: firstPassword }
    people.push({ login, parent: actor, model: model.add(actor.model, command.account) })
  }
  if (command.kind === 'kazoo create' && target !== undefined) {
    const added = addBelow(model, actor.model, target.model, newKazooAccount(request))
    const { data } = await ask(app, people[0]?.login, 'GET', pathOf({ sid }, '/api_key'))
    people.push({
      login: { sid, email, token: String(data.api_key) },
      parent: target,
      model: added,
    })
  }
  if (command.kind === 'kazoo move' && target !== undefined) {
    target.parent = to
  }
  const password = command.kind === 'change' ? command.change.password : undefined
  if (target !== undefined && password !== undefined) {
    target.login = { ...target.login, token: password }
  }
}

async function runOne(world: World, command: Command): Promise<void> {
  world.past.look(world.model)
  const request = requestOf(world, command)
  const { target } = request
  const before = target?.login
  const branch = target && branchRows(world, target)
  const wasClosed = target !== undefined && isClosed(target.model)
  const expected = modelAnswer(world, request)
  const reply = await sendRequest(world, request)
  assert.is(reply.status, expected, `${JSON.stringify(command)} was answered ${reply.text}`)
  if (reply.status < 300) {
    await note(world, request, reply)
  }
  if (target !== undefined && branch !== undefined && isClosed(target.model) !== wasClosed) {
    assertGivenBack(world, target, wasClosed ? undefined : branch)
    await noteNewTokens(world, wasClosed ? target : undefined)
  }
  if (before !== undefined && before.token !== request.target?.login.token) {
    const old = await send(world.app, before, 'GET', `/Accounts/${before.sid}`)
    assert.is(old.status, 401, 'an old secret still works')
  }
}

/** That the store, and what is shown through each dialect, are as the model says. */
async function assertLikeModel(world: World): Promise<void> {
  const { app, people, acknowledged } = world
  const tree = storedTree(app.folder)
  const root = people[0]?.login
  assert.is(tree.size, people.length)
  for (const { login, parent, model } of people) {
    const stored = tree.get(login.sid)
    assert.is(stored?.parent?.sid, parent?.login.sid)
    assert.is(stored?.email, model.email ?? null)
    assert.is(stored?.isReseller === 1 || parent === undefined, model.isReseller)
    assert.is(stored?.status, model.status)
    assert.is(stored?.role, model.role)
    assert.is(stored?.organizationSid, model.organization)
    assert.is(stored?.friendlyName, model.friendlyName)
    const shown = accountIn(
      await send(app, root, 'GET', `/Accounts.json/${model.email ?? login.sid}`),
    )
    assert.is(shown.sid, login.sid)
    assert.is(shown.status, effectiveStatus(model))
    const own = await send(app, login, 'GET', `/Accounts/${login.sid}`)
    const mayLogIn = ['active', 'uninitialized'].includes(effectiveStatus(model))
    assert.is(own.status, mayLogIn && model.role !== 'Guest' ? 200 : 403)
    await assertShownByKazoo(world, { login, parent, model })
  }
  await assertChildrenShownAlike(world)
  assert.equal(storedAudit(app.folder), acknowledged)
}

/** What the root is shown of an account through Crossbar: one that is closed is gone. */
async function assertShownByKazoo({ app, people }: World, person: Person): Promise<void> {
  const { login, model } = person
  const { status, data } = await ask(app, people[0]?.login, 'GET', pathOf(login))
  if (isClosed(model)) {
    assert.is(status, 404)
    return
  }
  const reseller = people.find((other) => other.model === resellerOf(model))
  assert.is(data.name, model.friendlyName)
  assert.is(data.enabled, ['active', 'uninitialized'].includes(model.status))
  assert.is(data.is_reseller, model.isReseller)
  assert.is(data.reseller_id, idOf(reseller?.login.sid ?? ''))
}

/** That whoever has children and may list them has the same in all dialects; in Crossbar's the closed are gone. */
async function assertChildrenShownAlike({ app, model, people }: World): Promise<void> {
  for (const person of people.filter(({ model: { role } }) => role !== 'Guest')) {
    const { login } = person
    const children = people.filter(({ parent }) => parent === person)
    if (children.length === 0 || worst(person.model) !== badness.active) {
      continue
    }
    const sids = children.map((child) => child.login.sid).sort()
    const restcomm = (await send(app, login, 'GET', '/Accounts.json')).json() as AccountJson[]
    assert.equal(restcomm.map(({ sid }) => sid).sort(), sids)
    const twilio = pageOf(await sendTwilio(app, login, 'GET', '/Accounts.json?PageSize=1000'))
    assert.equal(twilio.accounts?.map(({ sid }) => sid).sort(), [login.sid, ...sids].sort())
    const path = pathOf(login, '/children?paginate=false')
    const { list } = await ask(app, login, 'GET', path)
    const living = children.filter((child) => !isClosed(child.model))
    assert.equal(
      list.map(({ id, descendants_count: count }) => `${id} ${count}`).sort(),
      living.map((child) => `${idOf(child.login.sid)} ${livingBelow(model, child.model)}`).sort(),
    )
  }
}

async function sweep({ app }: World): Promise<void> {
  while ((await app.store.sweepClosedBranches(3)) === 'more') {}
}

test('any sequence of operations does to the tree what the rules say', async () => {
  await fc.assert(
    fc.asyncProperty(commandSequences(30), (commands) =>
      inWorld(async (world) => {
        for (const command of commands) {
          await runOne(world, command)
        }
        assertSoundTree(storedTree(world.app.folder))
        await sweep(world)
        const tree = storedTree(world.app.folder)
        assertSoundTree(tree)
        assertSwept(tree)
        await assertLikeModel(world)
      }),
    ),
    { numRuns: 300, interruptAfterTimeLimit: 20_000, includeErrorInReport: true },
  )
})

test('operations at the same time leave a tree that is sound, and record what they did', async () => {
  const outcomes = [200, 201, 400, 401, 403, 404, 405, 409]
  await fc.assert(
    fc.asyncProperty(commandSequences(3), (commands) =>
      inWorld(async (world) => {
        for (let at = 0; at < commands.length; at += 6) {
          const requests = commands.slice(at, at + 6).map((command) => requestOf(world, command))
          const replies = await Promise.all(requests.map((request) => sendRequest(world, request)))
          for (const [index, request] of requests.entries()) {
            const reply = replies[index]
            assert.ok(reply && outcomes.includes(reply.status), reply?.text)
            if (reply.status < 300) {
              await note(world, request, reply)
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
