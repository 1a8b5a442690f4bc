import { copyFileSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { createSecrets, newSealingKey } from '../../lib/secrets.ts'
import { holder, knock, stored } from '../support/attacks.ts'
import { idOf, md5, session } from '../support/crossbar.ts'
import { anyPassword } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'
import { runProgram } from '../support/start-process.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

// Somebody has the files of the database and not the sealing key (security.md C2, C3).

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

/** A used server's secrets, each as it was once told to its owner. */
async function used() {
  const owner = await holder(app)
  const secondary = await knock(app, owner, 'POST', '/v1/AuthTokens/Secondary')
  const opened = await session(app, owner.token)
  const credentials = md5(`${owner.email}:${anyPassword}`)
  const data = { account_name: owner.name, credentials }
  const byPassword = await knock(app, undefined, 'PUT', '/v2/user_auth', { data })
  assert.is(byPassword.status, 201)
  const secrets = {
    'AuthToken of the root': app.root.token,
    AuthToken: owner.token,
    'AuthToken of the child': owner.child.token,
    'secondary AuthToken': String(JSON.parse(secondary.text).secondary_auth_token),
    password: anyPassword,
    'digest of the password': credentials,
    'secret of a key': owner.key.token,
    session: opened.session,
    'session by password': String(byPassword.headers.get('x-auth-token')),
    'sealing key': Buffer.from(app.sealingKey).toString('latin1'),
  }
  return { owner, secrets }
}

/** A text in the forms in which it could lie in a file. */
function formsOf(secret: string): readonly Buffer[] {
  const bytes = Buffer.from(secret, 'latin1')
  return [
    bytes,
    Buffer.from(bytes.toString('hex')),
    Buffer.from(bytes.toString('base64').replace(/=+$/, '')),
    Buffer.from(bytes.toString('base64url')),
    Buffer.from(secret, 'hex'),
    Buffer.from(secret, 'base64'),
  ].filter(({ length }) => length >= 8)
}

test('no secret lies in the files of a used server, in any form', async () => {
  const { secrets } = await used()
  const files = readdirSync(app.folder).filter((name) => name.startsWith('strowger.db'))
  assert.ok(files.includes('strowger.db-wal'), 'what was written last is looked at too')
  for (const file of files) {
    const bytes = readFileSync(join(app.folder, file))
    for (const [what, secret] of Object.entries(secrets)) {
      for (const form of formsOf(secret)) {
        assert.not.ok(bytes.includes(form), `the ${what} lies in ${file}`)
      }
    }
  }
})

test('nothing that is stored lets anybody in as it stands', async () => {
  const { owner } = await used()
  const { accounts = [], api_keys: keys = [], sessions = [] } = stored(app)
  const values = [...accounts, ...keys, ...sessions].flatMap((row) => Object.values(row))
  const texts = new Set(
    values.flatMap((value) => {
      if (Buffer.isBuffer(value)) {
        return [value.toString('hex'), value.toString('base64'), value.toString('latin1')]
      }
      return typeof value === 'string' ? value.split(' ') : []
    }),
  )
  assert.ok(texts.size > 30)
  for (const text of texts) {
    for (const name of [owner.sid, owner.email, owner.key.sid]) {
      const { status } = await knock(app, { sid: name, token: text }, 'GET', '/2012-04-24/Accounts')
      assert.is(status, 401, `${name} by ${text}`)
    }
    const data = { account_name: owner.name, credentials: text }
    const byDigest = await knock(app, undefined, 'PUT', '/v2/user_auth', { data })
    const key = { api_key: text }
    const byKey = await knock(app, undefined, 'PUT', '/v2/api_auth', { data: key })
    for (const { status } of [byDigest, byKey]) {
      assert.ok([400, 401].includes(status), text)
    }
    if (/^[\x21-\x7e]+$/.test(text)) {
      const headers = { 'X-Auth-Token': text }
      const path = `/v2/accounts/${idOf(owner.sid)}`
      assert.is((await knock(app, undefined, 'GET', path, { headers })).status, 401, text)
    }
  }
})

test('a sealed AuthToken opens for no other account, under no other key and with no bit changed', async () => {
  const { owner } = await used()
  const secrets = createSecrets(app.sealingKey)
  const sealedOf = (sid: string) => {
    const sealed = stored(app, [sid]).accounts?.[0]?.sealed_token
    assert.ok(Buffer.isBuffer(sealed))
    return sealed
  }
  const [own, other] = [sealedOf(owner.sid), sealedOf(owner.child.sid)]
  assert.is(secrets.openToken(owner.sid, own), owner.token)
  assert.throws(() => createSecrets(app.sealingKey).openToken(owner.sid, other))
  assert.throws(() => createSecrets(app.sealingKey).openToken(owner.child.sid, own))
  assert.throws(() => createSecrets(newSealingKey()).openToken(owner.sid, own))
  for (let at = 0; at < own.length; at += 1) {
    const changed = Buffer.from(own)
    changed[at] = (changed[at] ?? 0) ^ 1
    assert.throws(() => createSecrets(app.sealingKey).openToken(owner.sid, changed))
  }
  const again = stored(app).accounts?.map(({ sealed_token }) => String(sealed_token)) ?? []
  assert.is(new Set(again).size, again.length)
})

test('who can write the file and swaps two sealed values gets nobody a token of another', async () => {
  const { owner } = await used()
  const database = new Database(join(app.folder, 'strowger.db'))
  database
    .prepare(
      `UPDATE accounts SET sealed_token = (SELECT sealed_token FROM accounts WHERE sid = @from)
       WHERE sid = @to`,
    )
    .run({ from: app.root.sid, to: owner.child.sid })
  database.close()
  for (const path of [
    `/2012-04-24/Accounts/${owner.child.sid}`,
    `/2010-04-01/Accounts/${owner.child.sid}.json`,
    `/v2/accounts/${idOf(owner.child.sid)}/api_key`,
  ]) {
    const { status, text } = await knock(app, owner, 'GET', path)
    assert.is(status, 500, path)
    assert.not.ok(text.includes(app.root.token))
  }
  assert.not.ok(app.log().includes(app.root.token))
})

test('a copy of the files under another key starts no server', async () => {
  const folder = temporaryFolder()
  for (const file of readdirSync(app.folder).filter((name) => /\.db(-wal)?$/.test(name))) {
    copyFileSync(join(app.folder, file), join(folder.path, file))
  }
  const env = { STROWGER_KEY: 'f'.repeat(64) }
  const { code, stderr } = await runProgram(['--port', '0', '--data', folder.path], { env })
  assert.is(code, 1)
  assert.match(stderr, 'sealed under another key')
  await folder.remove()
})

test.run()
