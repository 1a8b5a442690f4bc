import type { Source } from './sources.ts'

/** A rule about the text of one file, with examples that break it and no other rule. */
export type SourceRule = {
  says: string
  isBrokenBy: (source: Source) => boolean
  examples: [file: string, text: string][]
}

/** Splits patterns that clients send, whose length is limited first; how long it takes is tested. */
const patternReader = 'lib/callflows/patterns.ts'

const cryptoOwners = ['lib/secrets.ts', 'lib/ids.ts', 'db/sqlite/migrate.ts']

/** Where the program is put together; everything else in routes/ asks the domain (security.md Z1). */
const storeOwners = /^routes\/(main|start|background|timed-store)\.ts$|^routes\/commands\//

/** An access to the store by its name, by taking apart what holds it, or by its type. */
const storeUse =
  /\.\s*store\b|\[\s*['"`]store['"`]|\{[^{}]*\bstore\b[^{}]*\}\s*(:|=(?!>))|import[^'"]*\bStore\b[^'"]*['"]/

export const sourceRules: SourceRule[] = [
  {
    says: 'routes reach what is stored through the domain, which asks first who may',
    isBrokenBy: ({ path, code }) =>
      path.startsWith('routes/') && !storeOwners.test(path) && storeUse.test(code),
    examples: [
      ['routes/twilio/keys.ts', 'const page = await services.store.apiKeysPage(sid, read)'],
      ['routes/crossbar/tree.ts', 'const find = services\n  .store.findAccounts'],
      ['routes/crossbar/documents.ts', 'function names({ store }: Services) {}'],
      ['routes/restcomm/accounts.ts', 'const { store, now } = services'],
      ['routes/restcomm/accounts.ts', "const rows = services['store']"],
      ['routes/operations.ts', "import type { Store } from '../db/store.ts'"],
    ],
  },
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
    says: 'no regular expression repeats without end what itself repeats without end',
    isBrokenBy: ({ path, code }) =>
      isProgram(path) && path !== patternReader && literalsIn(code).some(repeatsTwice),
    examples: [
      ['lib/domain-name.ts', 'const name = /^[a-z]+(\\.[a-z]+)*$/'],
      ['lib/text.ts', 'if (/^(?:(a*)b?)+$/.test(text)) {}'],
      ['lib/text.ts', 'return /((\\d{2,})x){3,}/u'],
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

/** What stands between the slashes of the regular expressions in a text. */
function literalsIn(code: string): string[] {
  const literal = /(?:[=(,:!&|?[]|return)\s*\/(?![/*])((?:\\.|\[(?:\\.|[^\]\\])*\]|[^/\\[\n])+)\//g
  return [...code.matchAll(literal)].map(([, source = '']) => source)
}

const group = /\((?:\?(?:[:=!]|<[=!]|<\w+>))?([^()]*)\)([+*]|\{\d+,\})?/

/** Takes groups out from the innermost on; one that repeats within leaves a `+` for those around it. */
function repeatsTwice(source: string): boolean {
  let rest = source.replace(/\\./g, 'x').replace(/\[[^\]]*\]/g, 'x')
  for (let found = group.exec(rest); found !== null; found = group.exec(rest)) {
    const [whole, content = '', repetition = ''] = found
    const repeats = /[+*]|\{\d+,\}/.test(content)
    if (repeats && repetition !== '') {
      return true
    }
    rest = rest.replace(whole, () => (repeats || repetition !== '' ? 'x+' : 'x'))
  }
  return false
}

function isProgram(path: string): boolean {
  return /^(lib|routes|serializers|db)\//.test(path)
}

function isTest(path: string): boolean {
  return path.endsWith('.test.ts')
}

function countLines(text: string): number {
  return text.trimEnd().split('\n').length
}
