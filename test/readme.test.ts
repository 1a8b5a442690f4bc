import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { roles } from '../lib/roles.ts'
import { settings } from '../lib/settings.ts'
import { pythonWith } from './support/python.ts'
import { skipUnless } from './support/skip.ts'
import { root } from './support/sources.ts'
import { startApp } from './support/start-app.ts'
import { startProgram } from './support/start-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'
import { startReceiver, toReceivers, waitFor } from './support/webhook-receiver.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')
const python = pythonWith('twilio')

type Block = { readonly language: string; readonly text: string }

function blocksOf(section: string): readonly Block[] {
  const body = readme.split(`\n## ${section}\n`)[1]?.split('\n## ')[0] ?? ''
  return [...body.matchAll(/^```(.*)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
    language,
    text,
  }))
}

/** The same text with what is different at each run put aside. */
function withoutChance(text: string): string {
  return text
    .replace(/\b(AC|AU|OR|SK|WH)[0-9a-f]{32}\b/g, '$1-sid')
    .replace(/\b[0-9a-f]{32}\b/g, 'token')
    .replace(/\bsk[0-9a-f]{56}\b/g, 'secret')
    .replace(/whsec_[A-Za-z0-9+/]{43}=/g, 'secret')
    .replace(/\d{4}-\d\d-\d\dT[0-9:.]+(\+00:00|Z)/g, 'date')
    .replace(/("date_(?:created|updated)"):"[^"]+ \+0000"/g, '$1:"date"')
    .replace(/[\w-]+\.[\w-]{22,}\.[\w-]+/g, 'session')
    .replace(/\b[0-9a-f]+\.sip\.2600hz\.com\b/g, 'realm')
    .replace(/\b6\d{10}\b/g, 'gregorian')
    .trim()
}

/** The same without what changes as tables are added. */
function withoutCounts(text: string): string {
  return withoutChance(text)
    .replace(/\b\d+ (tables|rows)\b/g, 'some $1')
    .replace(/(references between rows): accounts 1, .*/, '$1')
}

/** As the README's alias has it, but with the paths of here in place of those of the repository. */
const strowger = `strowger() { '${process.execPath}' '${join(root, 'routes/main.ts')}' "$@"; }`

/** Runs the commands of a section one after the other, and compares each answer with the one shown. */
async function assertTour(section: string, atLeast: number): Promise<void> {
  const app = await startApp()
  const folder = temporaryFolder()
  const [setup, ...blocks] = blocksOf(section)
  assert.is(setup?.language, 'sh setup')
  assert.ok(blocks.length >= atLeast, 'the tour was not found')
  for (let index = 0; index < blocks.length; index += 2) {
    const [command, answer] = blocks.slice(index, index + 2)
    assert.is(command?.language, 'sh')
    const { stdout } = await promisify(execFile)('bash', ['-c', `${strowger}\n${command?.text}`], {
      cwd: folder.path,
      env: {
        ...process.env,
        ROOT: `${app.root.sid}:${app.root.token}`,
        ACCOUNT_SID: app.root.sid,
        SERVER: app.url,
        API: `${app.url}/2012-04-24`,
        V2: `${app.url}/v2`,
        CALLFLOWS: `${app.url}/v2/accounts/${app.root.sid.slice(2)}/callflows`,
        STROWGER_DATA: app.folder,
      },
    })
    assert.is(withoutChance(stdout), withoutChance(answer?.text ?? ''), command?.text)
  }
  await app.stop()
  await folder.remove()
}

/** Runs what is shown for an SDK against a server of ours, and compares with what it is said to print. */
async function assertProgram(language: string, run: (program: string) => [string, ...string[]]) {
  const blocks = blocksOf('Point your Twilio SDK at it')
  const shown = blocks.find((block) => block.language === language)?.text ?? ''
  const printed = blocks.find((block) => block.language === 'text')?.text
  assert.match(shown, 'http://127.0.0.1:8080')
  const app = await startApp()
  const [command, ...words] = run(shown.replace('http://127.0.0.1:8080', app.url))
  const { stdout } = await promisify(execFile)(command, words, {
    cwd: root,
    env: { ...process.env, ACCOUNT_SID: app.root.sid, AUTH_TOKEN: app.root.token },
  })
  assert.is(stdout, printed)
  await app.stop()
}

test('the tour answers, command by command, what the README shows', () =>
  assertTour('Ten minutes', 14))

test('callflows answer as the README shows', () => assertTour('Callflows', 8))

test('keys, rotation and repeated requests work as the README shows', () =>
  assertTour('Keys, tokens, repeated requests', 8))

test('the commands of the operator print what the README shows', async () => {
  const { path, remove } = temporaryFolder()
  const server = await startProgram(join(path, 'data'))
  const [setup, ...blocks] = blocksOf('Backup, restore and keys')
  assert.match(setup?.text ?? '', "alias strowger='npm start --silent --'")
  assert.is(blocks.length, 10)
  for (let index = 0; index < blocks.length; index += 2) {
    const [command, answer] = blocks.slice(index, index + 2)
    const { stdout } = await promisify(execFile)('bash', ['-c', `${strowger}\n${command?.text}`], {
      cwd: path,
    })
    const shown = (answer?.text ?? '').replaceAll('/srv/strowger', path)
    assert.is(withoutCounts(stdout), withoutCounts(shown), command?.text)
  }
  await server.kill()
  await remove()
})

test("the lines for Twilio's SDK for Node work as they stand", () =>
  assertProgram('js', (program) => [process.execPath, '--input-type=module', '-e', program]))

test(
  "the lines for Twilio's SDK for Python work as they stand",
  skipUnless(python !== undefined, 'no Python with the package twilio', () =>
    assertProgram('python', (program) => [python ?? '', '-c', program]),
  ),
)

test("every language of Twilio's SDKs has its lines", () => {
  const languages = blocksOf('Point your Twilio SDK at it').map(({ language }) => language)
  for (const language of ['js', 'python', 'php', 'ruby', 'go', 'java']) {
    assert.ok(languages.includes(language), language)
  }
})

test('the tour of Kazoo does so too', () => assertTour('Kazoo', 10))

test('a close is looked at and taken back as the README shows', () =>
  assertTour('Look before you close, and take it back', 10))

test('the audit shows what the README shows', () => assertTour('Who changed what', 6))

test('a webhook is told of what the README shows, and its receiver knows the signature', async () => {
  const [receiver, create, made, change, printed, sign, ...others] = blocksOf('Events')
  assert.equal([receiver?.language, others.length], ['js', 0])
  const app = await startApp({ config: toReceivers })
  const folder = temporaryFolder()
  const port = await freePort()
  const sh = async (text = '', more = {}) => {
    const env = {
      ...{ ...process.env, ...more },
      ROOT: `${app.root.sid}:${app.root.token}`,
      API: `${app.url}/2012-04-24`,
    }
    const command = text.replace('8090', String(port))
    const run = promisify(execFile)('bash', ['-c', command], { cwd: folder.path, env })
    return (await run).stdout.replaceAll(String(port), '8090')
  }
  assert.is(withoutChance(await sh(create?.text)), withoutChance(made?.text ?? ''))
  const program = receiver?.text.replace('8090', String(port)) ?? ''
  const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
    env: { ...process.env, WEBHOOK_SECRET: (await sh('cat secret')).trim() },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await waitFor(() => fetch(`http://127.0.0.1:${port}/`).catch(() => undefined))
  await sh(change?.text)
  const [line] = await once(child.stdout.setEncoding('utf8'), 'data').finally(() => child.kill())
  assert.is(withoutChance(String(line)), withoutChance(printed?.text ?? ''))
  await once(child, 'exit')
  const recorder = await startReceiver('127.0.0.1', port)
  await sh(change?.text.replace('fay@', 'adam@'))
  const [got] = await recorder.until(1)
  assert.ok(got)
  const { 'webhook-timestamp': TIMESTAMP, 'webhook-signature': signature } = got.headers
  const signed = await sh(sign?.text, { ID: got.id, TIMESTAMP, BODY: got.body })
  assert.is(`v1,${signed.trim()}`, signature)
  await recorder.stop()
  await app.stop()
  await folder.remove()
})

async function freePort(): Promise<number> {
  const { port, stop } = await startReceiver()
  await stop()
  return port
}

test('the table of settings has every setting and its variable', () => {
  for (const { flag, value, variable, standard, meaning } of settings) {
    const usage = value === undefined ? `--${flag}` : `--${flag} ${value.replace('|', '\\|')}`
    const row = `| \`${usage}\` | \`${variable}\` | ${standard} | ${meaning} |`
    assert.ok(readme.includes(row), row)
  }
})

test('the table of roles has every role', () => {
  for (const role of roles) {
    assert.match(readme, new RegExp(`^\\| ${role} \\|`, 'm'))
  }
})

test.run()
