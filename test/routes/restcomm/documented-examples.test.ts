import { execFile } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  commands,
  type DocumentedCommand,
  defaultAccountAnswer,
  subAccountAnswer,
} from '../../../fixtures/requests/restcomm-accounts.ts'
import { isInstalled, skipUnless } from '../../support/skip.ts'
import { makeKeyPair, startProgram } from '../../support/start-process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

// Every command of Restcomm's Accounts document, by the real curl and a shell, against the real
// program on a new demo folder: each in both faces of the dialect, over http and https.

type Demo = {
  readonly isCompat: boolean
  /** Runs a documented command with its address and its placeholders filled in. */
  run(command: DocumentedCommand, placeholders?: Placeholders): Promise<Answer>
  /** Creates the documented sub-account with the documented command. */
  createSubAccount(): Promise<Answer>
}

type Placeholders = Readonly<Record<string, string>>
type Leaf = readonly [path: string, text: string]
type Answer = { readonly status: number; readonly type: string; readonly body: string }

const root = 'ACae6e420f425248d6a26948c17a9e2acf'
const rootToken = '77f8c12cc7b8f8423e5c38b035249166'
const documentedSid = 'AC3b8f0dd2e5026abde018446cbb3b185d'
const documentedToken = '53134d7a9914e2b47c8435ebdb50ded3'
const md5OfNewPassword = '70c04e53f3216a44d9b4f3e517f9b45c'

type Example = { readonly of: DocumentedCommand; check(demo: Demo): Promise<void> }

const examples: readonly Example[] = [
  { of: commands.readDefault, check: (demo) => checkDefaultAccount(demo, commands.readDefault) },
  {
    of: commands.changePasswordBySid,
    check: (demo) => checkChangedPassword(demo, commands.changePasswordBySid),
  },
  {
    of: commands.changePasswordByEmail,
    check: (demo) => checkChangedPassword(demo, commands.changePasswordByEmail),
  },
  {
    of: commands.readByEmailLogin,
    check: (demo) => checkDefaultAccount(demo, commands.readByEmailLogin),
  },
  { of: commands.readSubAccount, check: checkReadSubAccount },
  { of: commands.list, check: checkList },
  { of: commands.createSubAccount, check: checkCreatedAccount },
  { of: commands.closeAsJson, check: checkClosedInJson },
  { of: commands.closeAsXml, check: checkClosedInXml },
  { of: commands.deleteAsXml, check: checkDeleteInXml },
  { of: commands.deleteAsJson, check: checkDeleteInJson },
]

test('every command of the document is run here', () => {
  assert.equal(
    examples.map(({ of }) => of),
    Object.values(commands),
  )
})

const schemes = isInstalled('openssl') ? (['http', 'https'] as const) : (['http'] as const)

test(
  'the documented commands are run over https as they stand',
  skipUnless(schemes.length === 2, 'no openssl to make a key pair, only http is tried', () => {}),
)

for (const isCompat of [false, true]) {
  for (const { of, check } of examples) {
    const face = isCompat ? 'with --compat restcomm, ' : ''
    test(`${face}the documented command ${of.does}`, async () => {
      await Promise.all(schemes.map((scheme) => onNewDemo(scheme, isCompat, check)))
    })
  }
}

async function checkDefaultAccount(demo: Demo, command: DocumentedCommand): Promise<void> {
  const answer = await demo.run(command)
  assert.is(answer.status, 200)
  assert.is(answer.type, 'application/xml')
  const date = demo.isCompat ? 'Tue, 24 Apr 2012 00:00:00 +0000' : '2012-04-24T00:00:00.000+00:00'
  const values = { DateCreated: date, DateUpdated: date }
  assertAsDocumented(answer, defaultAccountAnswer, values)
}

async function checkReadSubAccount(demo: Demo): Promise<void> {
  const created = await demo.createSubAccount()
  const sid = fieldOf(created, 'Sid')
  assert.equal(await demo.run(commands.readSubAccount, { '[secondarySid]': sid }), created)
}

async function checkList(demo: Demo): Promise<void> {
  const created = await demo.createSubAccount()
  const listed = await demo.run(commands.list)
  assert.is(listed.status, 200)
  assert.is(listed.type, 'application/xml')
  const expected = accountOf(created).map(([name, text]) => [`Accounts/Account/${name}`, text])
  assert.equal(leavesOf(listed.body), expected)
}

async function checkChangedPassword(demo: Demo, command: DocumentedCommand): Promise<void> {
  const answer = await demo.run(command)
  assert.is(answer.status, 200)
  const token = fieldOf(answer, 'AuthToken')
  const DateCreated = fieldOf(answer, 'DateCreated')
  const DateUpdated = fieldOf(answer, 'DateUpdated')
  assert.match(DateCreated, '2012')
  assert.is.not(DateUpdated, DateCreated)
  assertDate(demo, DateUpdated)
  if (demo.isCompat) {
    assert.is(token, md5OfNewPassword)
  }
  assert.is.not(token, rootToken)
  assertAsDocumented(answer, defaultAccountAnswer, { DateCreated, DateUpdated, AuthToken: token })

  const newLogin = (key: string) => demo.run(commands.list, { '[primaryAuthToken]': key })
  assert.is((await newLogin(token)).status, 200)
  assert.is((await newLogin('NewPassword')).status, 200)
  assert.is((await newLogin(rootToken)).status, 401)
  assert.is((await newLogin('RestComm')).status, 401)
}

async function checkCreatedAccount(demo: Demo): Promise<void> {
  const answer = await demo.createSubAccount()
  assert.is(answer.status, 200)
  assert.is(answer.type, 'application/xml')
  const Sid = fieldOf(answer, 'Sid')
  const AuthToken = fieldOf(answer, 'AuthToken')
  const DateCreated = fieldOf(answer, 'DateCreated')
  assertDate(demo, DateCreated)
  if (demo.isCompat) {
    assert.is(Sid, documentedSid)
    assert.is(AuthToken, documentedToken)
  } else {
    assert.match(Sid, /^AC[0-9a-f]{32}$/)
    assert.match(AuthToken, /^[0-9a-f]{32}$/)
    assert.is.not(Sid, documentedSid)
    assert.is.not(AuthToken, documentedToken)
  }
  const values = { Sid, AuthToken, DateCreated, DateUpdated: DateCreated }
  assertAsDocumented(answer, subAccountAnswer, values)
  const own = { '[primarySid]': Sid, '[primaryAuthToken]': AuthToken }
  assert.is((await demo.run(commands.list, own)).status, 200)
}

async function checkClosedInJson(demo: Demo): Promise<void> {
  const created = await demo.createSubAccount()
  const closed = await demo.run(commands.closeAsJson, { [documentedSid]: fieldOf(created, 'Sid') })
  assert.is(closed.status, 200)
  assert.is(closed.type, 'application/json')
  const account = JSON.parse(closed.body)
  assert.is(account.status, 'closed')
  assert.is(account.sid, fieldOf(created, 'Sid'))
  await assertClosed(demo, created)
}

async function checkClosedInXml(demo: Demo): Promise<void> {
  const created = await demo.createSubAccount()
  // The document leaves the secret open: the password is one, as much as the AuthToken.
  const placeholders = { [documentedSid]: fieldOf(created, 'Sid'), PWD: 'RestComm' }
  const closed = await demo.run(commands.closeAsXml, placeholders)
  assert.is(closed.status, 200)
  assert.is(closed.type, 'application/xml')
  const changed = new Map([
    ['Status', 'closed'],
    ['DateUpdated', fieldOf(closed, 'DateUpdated')],
  ])
  const expected = accountOf(created).map(([name, text]) => [name, changed.get(name) ?? text])
  assert.equal(accountOf(closed), expected)
  await assertClosed(demo, created)
}

/** Its credentials are refused, it is still there, and it stays closed. */
async function assertClosed(demo: Demo, created: Answer): Promise<void> {
  const Sid = fieldOf(created, 'Sid')
  const token = fieldOf(created, 'AuthToken')
  const own = { '[primarySid]': Sid, '[primaryAuthToken]': token, '[secondarySid]': Sid }
  const byItself = await demo.run(commands.readSubAccount, own)
  assert.is(byItself.status, 403)
  assert.match(byItself.body, 'Provided Account is not active')
  const read = await demo.run(commands.readSubAccount, { '[secondarySid]': Sid })
  assert.is(fieldOf(read, 'Status'), 'closed')
  const again = await demo.run(commands.closeAsXml, { [documentedSid]: Sid })
  assert.is(again.status, 400)
  assert.match(again.body, 'Account is closed')
}

async function checkDeleteInXml(demo: Demo): Promise<void> {
  const answer = await refusedDelete(demo, commands.deleteAsXml)
  assert.is(answer.type, 'application/xml')
  assert.equal(leavesOf(answer.body), [['Message', 'Method DELETE is not allowed here']])
}

async function checkDeleteInJson(demo: Demo): Promise<void> {
  const answer = await refusedDelete(demo, commands.deleteAsJson)
  assert.is(answer.type, 'application/json')
  assert.equal(JSON.parse(answer.body), { message: 'Method DELETE is not allowed here' })
}

async function refusedDelete(demo: Demo, command: DocumentedCommand): Promise<Answer> {
  const created = await demo.createSubAccount()
  const answer = await demo.run(command, { '<Sub-Account-SID>': fieldOf(created, 'Sid') })
  assert.is(answer.status, 405)
  const still = await demo.run(commands.readSubAccount, {
    '[secondarySid]': fieldOf(created, 'Sid'),
  })
  assert.equal(still, created)
  return answer
}

async function onNewDemo(
  scheme: 'http' | 'https',
  isCompat: boolean,
  check: (demo: Demo) => Promise<void>,
): Promise<void> {
  const folder = temporaryFolder()
  const tls = scheme === 'https' ? makeKeyPair(folder.path) : undefined
  const program = await startProgram(join(folder.path, 'data'), [
    ...['--demo', '--bcrypt-cost', '4'],
    ...(isCompat ? ['--compat', 'restcomm'] : []),
    ...(tls === undefined ? [] : ['--tls-cert', tls.cert, '--tls-key', tls.key]),
  ])
  writeFileSync(join(folder.path, '.curlrc'), curlSettings(tls?.cert))
  const run: Demo['run'] = ({ command }, placeholders = {}) =>
    shell(filledIn(command, program.url, placeholders), folder.path)
  try {
    await check({ isCompat, run, createSubAccount: () => run(commands.createSubAccount) })
  } finally {
    await program.kill()
    await folder.remove()
  }
}

function filledIn(command: string, url: string, placeholders: Placeholders): string {
  const values: Placeholders = {
    'https://': `${new URL(url).protocol}//`,
    '127.0.0.1:8080': new URL(url).host,
    '192.168.1.3:8080': new URL(url).host,
    '[primarySid]': root,
    '[primaryAuthToken]': rootToken,
    PWD: rootToken,
    ...placeholders,
  }
  return Object.entries(values).reduce(
    (text, [placeholder, value]) => text.replace(placeholder, value),
    command,
  )
}

/** curl reads these from its home, so that the commands themselves stay as they are. */
function curlSettings(cert: string | undefined): string {
  return [
    'silent',
    'show-error',
    'write-out = "\\n%{http_code} %{content_type}"',
    ...(cert === undefined ? [] : [`cacert = "${cert}"`]),
    '',
  ].join('\n')
}

async function shell(command: string, home: string): Promise<Answer> {
  const env = { ...process.env, CURL_HOME: home, http_proxy: '', https_proxy: '' }
  const { stdout } = await promisify(execFile)('/bin/sh', ['-c', command], { env })
  const end = stdout.lastIndexOf('\n')
  const [status, type = ''] = stdout.slice(end + 1).split(' ')
  return { status: Number(status), type, body: stdout.slice(0, end) }
}

/** The documented elements with the documented values, in the documented order; `values` replaces some. */
function assertAsDocumented(
  answer: Answer,
  documented: string,
  values: Readonly<Record<string, string | undefined>>,
): void {
  const sid = values.Sid
  const text = sid === undefined ? documented : documented.replaceAll(documentedSid, sid)
  const expected = leavesOf(`${text}</RestcommResponse>`).map(([path, value]) => {
    const name = path.replace('Account/', '')
    return [name, values[name] ?? value]
  })
  const undocumented = ['organization', 'EmailAddress', 'Role']
  const account = accountOf(answer)
  assert.equal(
    account.filter(([name]) => !undocumented.includes(name)),
    expected,
  )
  assert.equal(account.map(([name]) => name).slice(0, 6), [
    'Sid',
    'organization',
    'FriendlyName',
    'EmailAddress',
    'Status',
    'Role',
  ])
}

function assertDate({ isCompat }: Demo, text: string): void {
  const form = isCompat
    ? /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), [1-9][0-9]? [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/
    : /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00$/
  assert.match(text, form)
  assert.ok(Math.abs(Date.parse(text) - Date.now()) < 60_000, `${text} is not now`)
}

function fieldOf(answer: Answer, name: string): string {
  const [, text] = accountOf(answer).find(([path]) => path === name) ?? []
  if (text === undefined) {
    throw new Error(`no ${name} in the answer ${answer.status}: ${answer.body}`)
  }
  return text
}

function accountOf(answer: Answer): Leaf[] {
  return leavesOf(answer.body).map(([path, text]) => [path.replace('Account/', ''), text])
}

/** The elements that hold text, each by its path below the root. Throws when it is no XML. */
function leavesOf(xml: string): Leaf[] {
  const leaves: Leaf[] = []
  const open: string[] = []
  let text: string | undefined
  const parser = new SaxesParser()
  parser.on('opentag', ({ name }) => {
    open.push(name)
    text = ''
  })
  parser.on('text', (more) => {
    text = text === undefined ? undefined : text + more
  })
  parser.on('closetag', () => {
    if (text !== undefined) {
      leaves.push([open.slice(1).join('/'), text])
    }
    open.pop()
    text = undefined
  })
  parser.write(xml).close()
  assert.ok(xml.startsWith('<RestcommResponse>'))
  return leaves
}

test.run()
