import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { importRules } from './support/import-rules.ts'
import { skipUnless } from './support/skip.ts'
import { sourceRules } from './support/source-rules.ts'
import { readSources, root, type Source, sourceOf } from './support/sources.ts'

const topLevel = [
  ...['lib', 'routes', 'serializers', 'db', 'fixtures', 'test'],
  ...['package.json', 'package-lock.json', 'tsconfig.json', 'biome.json'],
  ...['LICENSE', 'README.md', 'CHANGELOG.md'],
]

const git = spawnSync('git', ['ls-files'], { cwd: root, encoding: 'utf8' })

test('every source file keeps the rules', () => {
  const sources = readSources()
  assert.ok(sources.some(({ path }) => path === 'test/architecture.test.ts'))
  assert.equal(sources.flatMap(findBreaches), [])
})

test(
  'the top level of the repository holds nothing else than what was agreed',
  skipUnless(git.status === 0, 'git knows no files here', () => {
    assert.equal(findStrays(git.stdout.trim().split('\n')), [])
  }),
)

test('a stray entry at the top level is found', () => {
  const files = ['lib/ids.ts', '.ci/run', '.npmrc', 'src/a.ts', 'src/b.ts', 'LICENSE', 'notes.txt']
  assert.equal(findStrays(files), ['src', 'notes.txt'])
})

// A module of types alone is never loaded, so its lines would count as run by nobody.
test('what is left out of the coverage has no code that could run', () => {
  const settings: { exclude: string[] } = JSON.parse(readFileSync(join(root, '.c8rc.json'), 'utf8'))
  const left = readSources().filter(({ path }) => settings.exclude.includes(path))
  assert.ok(left.length > 0)
  assert.equal(
    left.map(({ path }) => path),
    settings.exclude,
  )
  assert.equal(
    left.filter((source) => runningCode(source) !== ''),
    [],
  )
  const sum = sourceOf('lib/sum.ts', '// Adds.\nexport type Sum = number\nexport const sum = 1')
  assert.is(runningCode(sum), 'export const sum = 1')
})

test('what the architecture allows is no breach', () => {
  const allowed: [file: string, text: string][] = [
    ['routes/main.ts', "import { openSqliteStore } from '../db/sqlite/index.ts'\nprocess.env"],
    ['routes/app.ts', "import Koa from 'koa'\nimport { routes } from './restcomm/index.ts'"],
    ['routes/twilio/page.ts', "import { page } from '../../serializers/twilio/page.ts'"],
    ['serializers/twilio/page.ts', "import { isoDate } from '../dates.ts'"],
    ['serializers/xml.ts', "import { XMLBuilder } from 'fast-xml-parser'"],
    ['lib/secrets.ts', "import bcrypt from 'bcrypt'\nimport { hkdf } from 'node:crypto'"],
    ['lib/accounts.ts', "import type { Store } from '../db/store.ts'"],
    ['lib/account.ts', "// Restcomm's FriendlyName, see '../routes/app.ts'\nconst maxLength = 64"],
    ['db/sqlite/accounts.ts', "import Database from 'better-sqlite3'"],
    ['db/sqlite/clients.ts', "import type { Client } from '../store.ts'\nimport './accounts.ts'"],
    ['fixtures/accounts.ts', "import { createHash } from 'node:crypto'"],
    ['test/support/app.ts', "import { openSqliteStore } from '../../db/sqlite/index.ts'"],
  ]
  assert.equal(
    allowed.flatMap(([file, text]) => findBreaches(sourceOf(file, text))),
    [],
  )
})

for (const { says, examples } of [...importRules, ...sourceRules]) {
  test(`a breach is found: ${says}`, () => {
    assert.ok(examples.length > 0)
    for (const [file, text] of examples) {
      assert.equal(findBreaches(sourceOf(file, text)), [`${file}: ${says}`], text)
    }
  })
}

function findBreaches(source: Source): string[] {
  const { path, imports } = source
  const broken = [
    ...importRules.filter((rule) => imports.some((found) => rule.isBrokenBy(path, found))),
    ...sourceRules.filter((rule) => rule.isBrokenBy(source)),
  ]
  return broken.map(({ says }) => `${path}: ${says}`)
}

function runningCode({ code }: Source): string {
  return stripTypeScriptTypes(code).trim()
}

function findStrays(files: string[]): string[] {
  const entries = files.map((file) => file.split('/')[0] ?? file)
  return [...new Set(entries)].filter(
    (entry) => !topLevel.includes(entry) && !entry.startsWith('.'),
  )
}

test.run()
