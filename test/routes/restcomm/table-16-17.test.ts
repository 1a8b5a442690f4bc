import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Config } from '../../../lib/config.ts'
import {
  type AccountJson,
  createAccount,
  freshEmail,
  type Parameters,
  type Reply,
  send,
} from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

// restcomm.md 16, where the documents and the code disagree, and 17, what is to be done better. The
// rows that are not here are shown elsewhere:
//   16-2, 16-3, 16-17 representation   16-4, 16-5 create       16-6 update, authentication
//   16-7 paths, authentication         16-8 listing            16-9 update, errors
//   16-10, 16-11 migrate               16-12 closing           16-13 paths
//   16-14 create, status               16-15 update            16-16, 16-18 organizations
//   17-1 update, errors                17-3 closing            17-4 update
//   17-5, 17-21 status                 17-7 migrate            17-8 listing
//   17-9, 17-19 create                 17-14 idempotent-races  17-15 update, audit
//   17-16, 17-17 errors                17-18 path, paths       17-22 update
//   17-23 organizations                17-24 audit
// 17-6 and 17-12 are about SIP clients, which are not served.

const tooWeak = [400, 'Password too weak']

test('16-1: the passwords of the documents are taken by default, and refused by the strict setting', async () => {
  await withApp({}, async (app) => {
    const account = await createAccount(app, app.root, { Password: 'restcomm' })
    for (const password of ['NewPassword', 'RestComm', 'not-created-password', 'RestComm12']) {
      assert.is((await put(app, account.sid, { Password: password })).status, 200, password)
    }
    for (const password of ['1234', 'asdf123']) {
      assert.equal(refusal(await put(app, account.sid, { Password: password })), tooWeak)
    }
  })
  await withApp({ passwordPolicy: 'score' }, async (app) => {
    for (const password of ['restcomm', 'RestComm', 'NewPassword', '1234', 'asdf123']) {
      const form = { EmailAddress: freshEmail(), Password: password }
      assert.equal(refusal(await send(app, app.root, 'POST', '/Accounts.json', form)), tooWeak)
    }
    for (const password of ['mynewpassword12', 'Restcomm2', 'RestComm12', '1234asdf!@#']) {
      const { sid } = await createAccount(app, app.root, { Password: password })
      assert.equal(refusal(await put(app, sid, { Password: 'restcomm' })), tooWeak)
    }
  })
})

test('17-2: a name finds no account and hides none, whatever it is', async () => {
  await withApp({}, async (app) => {
    const bob = await createAccount(app, app.root, { EmailAddress: 'bob@example.com' })
    const mallory = await createAccount(app, app.root, { FriendlyName: 'bob@example.com' })
    await createAccount(app, app.root, { FriendlyName: 'twin' })
    const twin = await createAccount(app, app.root, { FriendlyName: 'twin' })
    for (const method of ['GET', 'PUT']) {
      const found = await byName(app, method, 'bob@example.com')
      assert.is(accountOf(found).sid, bob.sid)
      assert.is((await byName(app, method, 'twin')).status, 404)
    }
    await put(app, mallory.sid, { FriendlyName: twin.sid })
    assert.is(accountOf(await byName(app, 'GET', twin.sid)).sid, twin.sid)
  })
})

test('17-10: no character of a password makes the strict setting stumble', async () => {
  await withApp({ passwordPolicy: 'score' }, async (app) => {
    const { sid } = await createAccount(app, app.root, { Password: 'RestComm1234' })
    for (const character of '([*+?\\)]{}|^$.') {
      const password = `Rest${character}Comm1234`
      assert.is((await put(app, sid, { Password: password })).status, 200, password)
    }
    assert.equal(refusal(await put(app, sid, { Password: '((((' })), tooWeak)
  })
})

test('17-11: neither a token nor a password is anywhere in the files of the data folder', async () => {
  await withApp({}, async (app) => {
    const password = 'a password to look for'
    const { token } = await createAccount(app, app.root, { Password: password })
    const files = ['strowger.db', 'strowger.db-wal'].map((file) =>
      readFileSync(join(app.folder, file)),
    )
    const stored = Buffer.concat(files)
    assert.ok(stored.includes('administrator@company.com'))
    const tokens = [app.root.token, token]
    for (const secret of [password, ...tokens, ...tokens.map((hex) => Buffer.from(hex, 'hex'))]) {
      assert.is(stored.includes(secret), false)
    }
  })
})

test('17-11: after ten failures a login waits, from its own address and for its own name only', async () => {
  await withThrottledApp(async (app, statusFrom) => {
    const caller = await createAccount(app, app.root)
    const other = await createAccount(app, app.root)
    for (let failure = 0; failure < 10; failure += 1) {
      assert.is((await statusFrom('203.0.113.1', caller.sid, '0'.repeat(32))).status, 401)
    }
    for (const secret of ['0'.repeat(32), caller.token, 'correct horse']) {
      const reply = await statusFrom('203.0.113.1', caller.sid, secret)
      assert.is(reply.status, 429)
      const seconds = Number(reply.headers.get('retry-after'))
      assert.ok(seconds > 0 && seconds <= 300, `Retry-After ${seconds}`)
      assert.match(reply.text, /^\{"message":"[^"]+"\}$/)
      assert.is(reply.headers.get('www-authenticate'), null)
    }
    assert.is((await statusFrom('203.0.113.2', caller.sid, caller.token)).status, 200)
    assert.is((await statusFrom('203.0.113.1', other.sid, other.token)).status, 200)
  })
})

test('17-11: whoever gets in again starts from nothing', async () => {
  await withThrottledApp(async (app, statusFrom) => {
    const { sid, token } = await createAccount(app, app.root)
    for (let round = 0; round < 3; round += 1) {
      for (let failure = 0; failure < 9; failure += 1) {
        assert.is((await statusFrom('203.0.113.1', sid, '0'.repeat(32))).status, 401)
      }
      assert.is((await statusFrom('203.0.113.1', sid, token)).status, 200)
    }
  })
})

test('17-11: after a hundred failures an address waits, whatever names it tries', async () => {
  await withThrottledApp(async (app, statusFrom) => {
    const { sid, token } = await createAccount(app, app.root)
    for (let failure = 0; failure < 100; failure += 1) {
      const reply = await statusFrom('203.0.113.1', `nobody${failure}@example.com`, '0'.repeat(32))
      assert.is(reply.status, 401)
    }
    assert.is((await statusFrom('203.0.113.1', sid, token)).status, 429)
    assert.is((await statusFrom('203.0.113.2', sid, token)).status, 200)
  })
})

test('17-13: there is one root, and the data can hold no other', async () => {
  await withApp({}, async (app) => {
    const { sid } = await createAccount(app, app.root)
    const file = new Database(join(app.folder, 'strowger.db'))
    const unplace = file.prepare('UPDATE accounts SET parent_sid = NULL WHERE sid = ?')
    assert.throws(() => unplace.run(sid), /UNIQUE/)
    file.close()
  })
})

test('17-20: a name that is left out is the e-mail, as far as it fits', async () => {
  await withApp({}, async (app) => {
    const local = 'l'.repeat(60)
    for (const [email, name] of [
      [`${local}@a.b`, `${local}@a.b`],
      [`${local}@a.bc`, `${local}@a.b`],
      [`${local}@example.com`, `${local}@exa`],
      [`${'\u{10400}'.repeat(55)}@example.com`, `${'\u{10400}'.repeat(55)}@example.`],
    ] as const) {
      const { account } = await createAccount(app, app.root, { EmailAddress: email })
      assert.equal([account.email_address, account.friendly_name], [email, name])
    }
  })
})

async function withApp(config: Partial<Config>, run: (app: TestApp) => Promise<void>) {
  const app = await startApp({ config })
  try {
    await run(app)
  } finally {
    await app.stop()
  }
}

type LoginFrom = (address: string, name: string, secret: string) => Promise<Reply>

/** An app that counts failed logins, and logins to it from addresses of the test's choice. */
function withThrottledApp(run: (app: TestApp, loginFrom: LoginFrom) => Promise<void>) {
  const proxy = { address: '127.0.0.1', prefix: 32, family: 'ipv4' } as const
  return withApp({ throttle: true, behindProxy: [proxy] }, (app) =>
    run(app, (address, name, secret) => {
      const login: Login = { sid: name, email: '', token: secret }
      const headers = { 'X-Forwarded-For': address }
      return send(app, login, 'GET', '/Accounts.json', undefined, headers)
    }),
  )
}

function put(app: TestApp, sid: string, form: Parameters): Promise<Reply> {
  return send(app, app.root, 'PUT', `/Accounts.json/${sid}`, form)
}

function byName(app: TestApp, method: string, name: string): Promise<Reply> {
  const path = `/Accounts.json/${encodeURIComponent(name)}`
  return send(app, app.root, method, path, method === 'GET' ? undefined : {})
}

function accountOf({ text }: Reply): AccountJson {
  return JSON.parse(text)
}

function refusal({ status, text }: Reply): [number, string] {
  return [status, JSON.parse(text).message]
}

test.run()
