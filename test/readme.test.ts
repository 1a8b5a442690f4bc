import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { roles } from '../lib/roles.ts'
import { settings } from '../lib/settings.ts'
import { startApp } from './support/start-app.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8')

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
    .replace(/\b(AC|OR)[0-9a-f]{32}\b/g, '$1-sid')
    .replace(/\b[0-9a-f]{32}\b/g, 'token')
    .replace(/\d{4}-\d\d-\d\dT[0-9:.]+(\+00:00|Z)/g, 'date')
    .replace(/[\w-]+\.[\w-]{22,}\.[\w-]+/g, 'session')
    .replace(/\b[0-9a-f]+\.sip\.2600hz\.com\b/g, 'realm')
    .replace(/\b6\d{10}\b/g, 'gregorian')
    .trim()
}

/** Runs each command of a section and compares what comes back with the block behind it. */
async function assertTour(section: string, least: number): Promise<void> {
  const app = await startApp()
  const folder = temporaryFolder()
  const [setup, ...blocks] = blocksOf(section)
  assert.is(setup?.language, 'sh setup')
  assert.ok(blocks.length >= least, 'the tour was not found')
  for (let index = 0; index < blocks.length; index += 2) {
    const [command, answer] = blocks.slice(index, index + 2)
    assert.is(command?.language, 'sh')
    const { stdout } = await promisify(execFile)('bash', ['-c', command?.text ?? ''], {
      cwd: folder.path,
      env: {
        ...process.env,
        ROOT: `${app.root.sid}:${app.root.token}`,
        API: `${app.url}/2012-04-24`,
        V2: `${app.url}/v2`,
      },
    })
    assert.is(withoutChance(stdout), withoutChance(answer?.text ?? ''), command?.text)
  }
  await app.stop()
  await folder.remove()
}

test('the tour answers, command by command, what the README shows', () =>
  assertTour('Ten minutes', 14))

test('the tour of Kazoo does so too', () => assertTour('Kazoo', 10))

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
