import type { Source } from './sources.ts'

/** A rule about the text of one file, with examples that break it and no other rule. */
export type SourceRule = {
  says: string
  isBrokenBy: (source: Source) => boolean
  examples: [file: string, text: string][]
}

const cryptoOwners = ['lib/secrets.ts', 'lib/ids.ts', 'db/sqlite/migrate.ts']

export const sourceRules: SourceRule[] = [
  {
    says: 'only routes/main.ts reads the environment and the arguments',
    isBrokenBy: ({ path, code }) =>
      isProgram(path) &&
      path !== 'routes/main.ts' &&
      /\bprocess\s*\??\.\s*(env|argv)\b|=\s*process\s*$/m.test(code),
    examples: [
      ['lib/config.ts', 'const port = process.env.PORT'],
      ['routes/app.ts', 'const [, , folder] = process.argv'],
      ['lib/config.ts', 'const { env } = process'],
    ],
  },
  {
    says: 'the domain and the serializers get the time and chance as arguments',
    isBrokenBy: ({ path, code }) =>
      /^(lib|serializers)\//.test(path) &&
      /\b(Date\.now|performance\.now|Math\.random)\b|\bnew Date\(\s*\)|\bhrtime\b/.test(code),
    examples: [
      ['lib/sessions.ts', 'const now = Date.now()'],
      ['serializers/dates.ts', 'const now = new Date()'],
      ['lib/throttle.ts', 'const now = performance.now()'],
      ['lib/ids.ts', 'const digit = Math.random()'],
    ],
  },
  {
    says: `the global crypto is for ${cryptoOwners.join(', ')} only`,
    isBrokenBy: ({ path, code }) =>
      isProgram(path) &&
      !cryptoOwners.includes(path) &&
      /\bcrypto\.(subtle|randomUUID|getRandomValues)\b/.test(code),
    examples: [['routes/middleware/request-id.ts', 'const id = crypto.randomUUID()']],
  },
  {
    says: 'the domain does not know the words of the wire',
    isBrokenBy: ({ path, code }) =>
      path.startsWith('lib/') &&
      /FriendlyName|friendly_name|gregorian|2012-04-24|2010-04-01/.test(code),
    examples: [
      ['lib/account.ts', 'type Account = { FriendlyName: string }'],
      ['lib/account.ts', "const path = '/2012-04-24/Accounts'"],
    ],
  },
  {
    says: 'a source file has 300 lines at most',
    isBrokenBy: ({ path, text }) => !isTest(path) && countLines(text) > 300,
    examples: [['lib/accounts.ts', 'call()\n'.repeat(301)]],
  },
  {
    says: 'a test file has 400 lines at most',
    isBrokenBy: ({ path, text }) => isTest(path) && countLines(text) > 400,
    examples: [['test/lib/accounts.test.ts', `${'call()\n'.repeat(400)}test.run()\n`]],
  },
  {
    says: 'a test file ends with test.run(), as no test after it would run',
    isBrokenBy: ({ path, text }) => isTest(path) && !text.endsWith('\ntest.run()\n'),
    examples: [
      ['test/lib/accounts.test.ts', "test('first', run)\n"],
      ['test/lib/accounts.test.ts', "test('first', run)\ntest.run()\ntest('second', run)\n"],
    ],
  },
  {
    says: 'tests do not use suites: the runner could not see one that is never run',
    isBrokenBy: ({ path, code }) =>
      path.startsWith('test/') && /^import [^'"]*(\bsuite\b|\*)[^'"]*'uvu'/m.test(code),
    examples: [
      ['test/db/store-contract.ts', "import { suite } from 'uvu'"],
      ['test/db/store-contract.ts', "import * as uvu from 'uvu'"],
    ],
  },
]

function isProgram(path: string): boolean {
  return /^(lib|routes|serializers|db)\//.test(path)
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

function countLines(text: string): number {
  return text.trimEnd().split('\n').length
}
