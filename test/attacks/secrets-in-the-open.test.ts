import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Answer, knock, rawAnswer } from '../support/attacks.ts'
import { demo, succeed } from '../support/commands.ts'
import { idOf, md5, session } from '../support/crossbar.ts'
import { basic, createAccount, freshEmail } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'
import {
  demoRoot,
  inNewFolder,
  type Program,
  runProgram,
  startProgram,
} from '../support/start-process.ts'
import { createKey } from '../support/twilio.ts'

// A server that logs all it can is used with every kind of secret, and made to refuse every kind of
// request with them; then whatever is left lying about is searched.

const passwords = ['first correct horse', 'second battery staple'] as const
const name = 'keeper of secrets'

type Secrets = Record<string, string>

/** Uses a secret of each kind, and gives them all. */
async function used(program: Program, root: Login): Promise<{ secrets: Secrets; owner: Login }> {
  const [first, second] = passwords
  const form = { FriendlyName: name, EmailAddress: freshEmail(), Password: first }
  const headers = { 'Idempotency-Key': 'scan-1' }
  const owner = await createAccount(program, root, form)
  const path = `/2012-04-24/Accounts/${owner.sid}.json`
  const again = await knock(program, owner, 'POST', '/2010-04-01/Accounts.json', {
    headers,
    form: { FriendlyName: 'below', Password: second },
  })
  const secondary = await knock(program, owner, 'POST', '/v1/AuthTokens/Secondary')
  const key = await createKey(program, owner)
  assert.is((await knock(program, key, 'GET', path)).status, 200)
  const byToken = await session(program, owner.token)
  const credentials = md5(`${owner.email}:${first}`)
  const data = { account_name: name, credentials }
  const byDigest = await knock(program, undefined, 'PUT', '/v2/user_auth', { data })
  const byPassword = { sid: owner.email, token: first }
  assert.is((await knock(program, byPassword, 'GET', path)).status, 200)
  const changed = await knock(program, owner, 'PUT', path, { form: { Password: second } })
  const renewed = await knock(program, root, 'PUT', `/v2/accounts/${idOf(owner.sid)}/api_key`)
  const token = String(JSON.parse(renewed.text).data.api_key)
  const secrets = {
    'AuthToken of the root': root.token,
    'first password': first,
    'second password': second,
    'first AuthToken': owner.token,
    'second AuthToken': String(JSON.parse(changed.text).auth_token),
    'third AuthToken': token,
    'AuthToken of the child': String(JSON.parse(again.text).auth_token),
    'secondary AuthToken': String(JSON.parse(secondary.text).secondary_auth_token),
    'secret of a key': key.token,
    'session by token': byToken.session,
    'digest of the password': credentials,
    'session by digest': String(byDigest.headers.get('x-auth-token')),
  }
  for (const [what, secret] of Object.entries(secrets)) {
    assert.ok(secret.length > 8 && secret !== 'undefined', `there is no ${what}`)
  }
  return { secrets, owner: { ...owner, token } }
}

/** Refusals of every kind with a secret wherever it does not belong; what they were answered. */
async function refused(program: Program, owner: Login, secret: string): Promise<Answer[]> {
  const coded = encodeURIComponent(secret)
  const id = idOf(owner.sid)
  const answers: Answer[] = []
  const ask = async (
    ...[who, method, path, given]: Parameters<typeof knock> extends [unknown, ...infer Rest]
      ? Rest
      : never
  ) => {
    answers.push(await knock(program, who, method, path, given))
  }
  for (const door of ['/2012-04-24/Accounts', '/2010-04-01/Accounts.json', '/v2/token_auth']) {
    await ask({ sid: owner.sid, token: `${secret}x` }, 'GET', door)
    await ask({ sid: secret, token: secret }, 'GET', door)
    await ask(undefined, 'GET', door, { headers: { Authorization: `Bearer ${coded}x` } })
    await ask(undefined, 'GET', `${door}?token=${coded}`)
    await ask(owner, 'PATCH', `${door}/nowhere?AuthToken=${coded}`)
  }
  const form = { Password: secret, Status: 'nonsense', Role: 'nonsense' }
  await ask(owner, 'PUT', `/2012-04-24/Accounts/${owner.sid}`, { form })
  await ask(owner, 'POST', '/2012-04-24/Accounts', { form: { Password: secret } })
  await ask(owner, 'POST', '/2010-04-01/Accounts.json', { form: { ...form, EmailAddress: 'x' } })
  await ask(owner, 'PUT', `/v2/accounts/${id}`, { data: { password: secret, name: ['x'] } })
  await ask(undefined, 'PUT', '/v2/api_auth', { data: { api_key: `${secret}x` } })
  await ask(undefined, 'PUT', '/v2/user_auth', {
    data: { account_name: 'x', credentials: `${secret}x` },
  })
  const own = `Authorization: ${basic(owner.sid, owner.token)}`
  const type = 'Content-Type: application/x-www-form-urlencoded'
  const put = `PUT /2012-04-24/Accounts/${owner.sid} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${own}\r\n${type}\r\n`
  for (const broken of [
    `${put}${own}\r\n\r\n`,
    `${put}Transfer-Encoding: chunked\r\n\r\nzz\r\nPassword=${coded}`,
    `${put}Content-Encoding: gzip\r\nContent-Length: 9\r\n\r\nPassword=`,
    `GET / HTTP/9.9\r\nX: ${coded}\r\n\r\n`,
  ]) {
    const text = await rawAnswer(program, broken)
    answers.push({ status: Number(text.slice(9, 12)), headers: new Headers(), text })
  }
  return answers
}

/** How a secret could be written; what is of the first bytes is enough where the rest hangs on what follows. */
function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret)
  return [
    secret,
    encodeURIComponent(secret),
    secret.replaceAll(' ', '+'),
    JSON.stringify(secret).slice(1, -1),
    bytes.toString('hex'),
    [...bytes].join(','),
    // In base64 a text looks in one of three ways, by where in the whole it begins.
    ...[0, 1, 2].map((skipped) => {
      const rest = bytes.subarray(skipped)
      return rest.subarray(0, rest.length - (rest.length % 3)).toString('base64')
    }),
  ]
}

/** Where a secret lies that should not; the bytes are searched as they are. */
function foundIn(places: Readonly<Record<string, Buffer>>, secrets: Secrets): readonly string[] {
  return Object.entries(places).flatMap(([place, bytes]) =>
    Object.entries(secrets).flatMap(([what, secret]) => {
      const isBinary = /^[0-9a-f]{32}$/.test(secret)
      const forms = [
        ...formsOf(secret).map((form) => Buffer.from(form)),
        ...(isBinary ? [Buffer.from(secret, 'hex')] : []),
      ]
      return forms.some((form) => bytes.includes(form)) ? [`the ${what} lies in ${place}`] : []
    }),
  )
}

test('no secret that was used lies in a log, an error, the database, a backup, the audit or the metrics', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, [...demo, '--log-level', 'trace'])
    const root = demoRoot
    const { secrets, owner } = await used(program, root)
    const answers: Answer[] = []
    for (const secret of Object.values(secrets)) {
      answers.push(...(await refused(program, owner, secret)))
    }
    const refusals = answers.filter(({ status }) => status >= 400)
    assert.ok(refusals.length > 200, `only ${refusals.length} requests were refused`)
    const metrics = await (await fetch(`${program.url}/metrics`)).text()
    const audits = await Promise.all(
      ['/2012-04-24/Accounts.json/ID/Audit', '/v2/accounts/ID/audit'].map((path) => {
        const id = path.startsWith('/v2') ? idOf(owner.sid) : owner.sid
        return knock(program, owner, 'GET', path.replace('ID', id))
      }),
    )
    const backup = `${folder}.backup`
    const made = await succeed(folder, ['backup', backup])
    const files = readdirSync(folder).filter((file) => file.startsWith('strowger.db'))
    assert.ok(files.includes('strowger.db-wal'))
    const live = files.map(
      (file) => [`${file} of the server`, readFileSync(join(folder, file))] as const,
    )
    const { stdout: printed, stderr } = await program.kill()
    // The first start shows the way in, once and nowhere else.
    const stdout = printed.replace(/^ +curl .*$/m, '')
    assert.is.not(stdout, printed)
    const exported = await runProgram(['audit', 'export', '--data', folder])
    assert.ok(exported.stdout.split('\n').length > 8)
    assert.ok(stderr.split('\n').length > refusals.length, 'the log is not what it should be')

    const places = {
      ...Object.fromEntries(live),
      'the database that was left': readFileSync(join(folder, 'strowger.db')),
      'the backup': readFileSync(backup),
      ...textsOf({ stdout, stderr, metrics, exported: exported.stdout + exported.stderr }),
      ...textsOf({ 'what backup printed': made.stdout + made.stderr }),
      ...textsOf({ refusals: refusals.map(({ text }) => text).join('\n') }),
      ...textsOf({ audits: audits.map(({ text }) => text).join('\n') }),
    }
    assert.equal(foundIn(places, secrets), [])
    // The search finds what is there: the answer that shows a token to its owner.
    const proof = { proof: Buffer.from(`x${basic(owner.sid, secrets['third AuthToken'] ?? '')}`) }
    assert.equal(foundIn(proof, secrets), ['the third AuthToken lies in proof'])
  }))

function textsOf(texts: Readonly<Record<string, string>>): Readonly<Record<string, Buffer>> {
  return Object.fromEntries(Object.entries(texts).map(([what, text]) => [what, Buffer.from(text)]))
}

test.run()
