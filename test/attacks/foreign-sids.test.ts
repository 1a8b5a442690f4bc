import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  type Answer,
  assertNothingDone,
  type Holder,
  holder,
  knock,
  type Operation,
  operationsOf,
  pathWith,
  stored,
} from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// Somebody with an account of their own puts the ids of others wherever an id can be put.

let app: TestApp
let attacker: Holder
let victim: Holder
let operations: readonly Operation[]
test.before(async () => {
  app = await startApp()
  ;[attacker, victim] = [await holder(app), await holder(app)]
  operations = (await operationsOf(app)).filter(({ isOpen }) => !isOpen)
})
test.after(() => app.stop())

function outside({ dialect }: Operation): number {
  return dialect === 'Twilio' ? 404 : 403
}

/** A body that would do harm where it is taken. */
function harm({ form, takesJson }: Operation) {
  const taken = { FriendlyName: 'taken over', Status: 'suspended', EmailAddress: 'e@example.com' }
  return {
    ...(form !== undefined && { form: { ...taken, Password: 'a password of mine' } }),
    ...(takesJson && {
      data: { name: 'taken over', numbers: ['+15550000'], to: idOf(attacker.sid) },
    }),
  }
}

function assertTellsNothing({ text }: Answer, what: string): void {
  const facts = [victim.name, victim.email, victim.child.email, victim.token, victim.child.token]
  for (const fact of facts) {
    assert.not.ok(text.includes(fact), `${what} tells ${fact}: ${text}`)
  }
}

test('every route refuses the account of another, whatever is asked of it and however one came in', () =>
  assertNothingDone(app, async () => {
    const aimed = operations.filter(({ path }) => path.includes('{id}'))
    assert.ok(aimed.length > 40, `only ${aimed.length} routes were tried`)
    for (const who of [attacker, attacker.key]) {
      for (const { sid } of [victim, victim.child, app.root]) {
        for (const operation of aimed) {
          const mine = { sid, key: attacker.key.sid, callflow: attacker.callflow }
          const theirs = { sid, key: victim.key.sid, callflow: victim.callflow }
          for (const ids of [mine, theirs]) {
            const path = pathWith(operation, ids)
            const answer = await knock(app, who, operation.method, path, harm(operation))
            assert.is(answer.status, outside(operation), `${operation.method} ${path}`)
            assertTellsNothing(answer, path)
          }
        }
      }
    }
  }))

test('a key or callflow of another is not there in the own account', () =>
  assertNothingDone(app, async () => {
    for (const operation of operations.filter(({ path }) => /\{(key|callflow)\}/.test(path))) {
      for (const whose of [victim, { key: app.root, callflow: app.root.sid.slice(2) }]) {
        const ids = { sid: attacker.sid, key: whose.key.sid, callflow: whose.callflow }
        const path = pathWith(operation, ids)
        const answer = await knock(app, attacker, operation.method, path, harm(operation))
        assert.is(answer.status, 404, `${operation.method} ${path}`)
      }
    }
  }))

/** Ids of the victim in each form that a client could have. */
function foreignIds(): readonly string[] {
  const accounts = [victim, victim.child, app.root].flatMap(({ sid }) => [sid, idOf(sid)])
  return [...accounts, victim.email, victim.key.sid, victim.callflow]
}

test('no field of a query reaches what is of another', () =>
  assertNothingDone(app, async () => {
    const ids = foreignIds()
    let turn = 0
    for (const operation of operations.filter(({ method }) => method === 'GET')) {
      const path = pathWith(operation, {
        sid: attacker.sid,
        key: attacker.key.sid,
        callflow: attacker.callflow,
      })
      for (const name of [...operation.query, 'account_id', 'AccountSid', 'filter_id']) {
        // Two ids a field, others at each turn: a field has its namesakes in many routes.
        for (const id of [ids[turn++ % ids.length] ?? '', ids[turn++ % ids.length] ?? '']) {
          const answer = await knock(app, attacker, 'GET', path, { query: { [name]: id } })
          assert.ok(answer.status < 500, `${path}?${name}=${id}`)
          if (!path.endsWith('/siblings')) {
            const text = answer.text.replaceAll(id, '')
            assertTellsNothing({ ...answer, text }, `${path}?${name}=${id}`)
          }
        }
      }
    }
  }))

const jsonFields = [
  ...['id', 'account_id', 'parent_id', 'owner_id', 'reseller_id', 'to', 'tree', 'sid', 'path'],
  ...['pvt_account_id', 'pvt_tree', 'pvt_reseller_id', 'pvt_owner_id', 'organization_sid'],
]

/**
 * A body in which every field is this id, but for those that a route cannot do without. Anyone but the
 * root who names an organization is refused, which the rest would never come behind.
 */
function bodyOf({ form, takesJson }: Operation, id: string) {
  const needed = { EmailAddress: `of-${id.slice(0, 40)}@example.org`, Password: 'a good password' }
  const isAsked = (name: string) => name !== 'OrganizationSid'
  const fields = [...(form ?? []).filter(isAsked), 'ParentSid', 'OwnerAccountSid', 'Sid']
  const given = Object.fromEntries(fields.map((name) => [name, id]))
  const own = { FriendlyName: 'mine', Status: 'active', Role: 'Administrator' }
  const flow = { module: 'callflow', data: { id }, children: {} }
  return {
    ...(form !== undefined && { form: { ...given, ...own, ...needed } }),
    ...(takesJson && {
      data: {
        name: `mine ${id}`,
        numbers: [id],
        flow,
        ...Object.fromEntries(jsonFields.map((name) => [name, id])),
      },
    }),
  }
}

test('no field of a body reaches what is of another', async () => {
  const others = [victim.sid, victim.child.sid]
  const before = stored(app, others)
  const [rootBefore] = stored(app, [app.root.sid]).accounts ?? []
  for (const operation of operations.filter(({ form, takesJson }) => form || takesJson)) {
    for (const id of foreignIds()) {
      const path = pathWith(operation, {
        sid: attacker.child.sid,
        key: attacker.key.sid,
        callflow: attacker.callflow,
      })
      const given = bodyOf(operation, id)
      const answer = await knock(app, attacker, operation.method, path, given)
      assert.ok(answer.status < 500, `${operation.method} ${path} ${id}: ${answer.text}`)
      assertTellsNothing({ ...answer, text: answer.text.replaceAll(id, '') }, path)
    }
  }
  assert.equal(stored(app, others), before)
  const { accounts = [], organizations, ...rest } = stored(app)
  assert.is(organizations?.length, 1)
  const known = [...others, app.root.sid]
  const made = accounts.filter(({ sid }) => !known.includes(String(sid)))
  assert.ok(made.length > 15, `the attacker made only ${made.length} accounts`)
  for (const { path } of made) {
    assert.match(String(path), new RegExp(`^${app.root.sid}/${attacker.sid}/`))
  }
  const own = new Set(made.map(({ sid }) => sid))
  for (const { account_sid } of [...(rest.callflows ?? []), ...(rest.api_keys ?? [])]) {
    assert.ok(own.has(account_sid) || known.includes(String(account_sid)))
  }
  const [root] = accounts
  assert.equal({ ...root, descendants_count: 0 }, { ...rootBefore, descendants_count: 0 })
})

test.run()
