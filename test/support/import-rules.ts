import type { Import } from './sources.ts'

/** A rule about one import of one file, with examples that break it and no other rule. */
export type ImportRule = {
  says: string
  isBrokenBy: (file: string, found: Import) => boolean
  examples: [file: string, code: string][]
}

const dialects = ['restcomm', 'twilio', 'crossbar']
const program = ['lib/', 'routes/', 'serializers/', 'db/']

/** What each folder of the program may import of ours, itself included. */
const layers: Record<string, string[]> = {
  'routes/': ['routes/', 'serializers/', 'lib/', 'db/'],
  'serializers/': ['serializers/', 'lib/', 'db/'],
  'lib/': ['lib/', 'db/'],
  'db/': ['db/'],
}

/** Where the program may import a package; what is not named here may be imported anywhere. */
const packageOwners: Record<string, string[]> = {
  'better-sqlite3': ['db/sqlite/'],
  'fast-xml-parser': ['serializers/xml.ts'],
  bcrypt: ['lib/secrets.ts'],
  'node:crypto': ['lib/secrets.ts', 'lib/ids.ts', 'db/sqlite/migrate.ts'],
  koa: ['routes/'],
  '@koa/router': ['routes/'],
  'koa-bodyparser': ['routes/'],
  'koa-compose': ['routes/'],
  ajv: ['routes/crossbar/'],
  'ajv-draft-04': ['routes/crossbar/'],
  re2js: ['lib/callflows/patterns.ts'],
  '@viz-js/viz': ['lib/callflows/drawing-thread.ts'],
  'node:worker_threads': ['lib/callflows/'],
  pino: ['routes/'],
  'prom-client': ['routes/'],
  'node:http': ['routes/'],
  'node:https': ['routes/'],
  'node:http2': ['routes/'],
  'node:process': ['routes/main.ts'],
  uvu: [],
  'fast-check': [],
  saxes: [],
}

export const importRules: ImportRule[] = [
  {
    says: 'imports go one way: routes, serializers, lib, db',
    isBrokenBy: (file, { path }) =>
      Object.entries(layers).some(
        ([folder, allowed]) =>
          file.startsWith(folder) && startsWithAny(path, program) && !startsWithAny(path, allowed),
      ),
    examples: [
      ['lib/accounts.ts', "import { createApp } from '../routes/app.ts'"],
      ['lib/accounts.ts', "import type { Account } from '../serializers/dates.ts'"],
      ['serializers/dates.ts', "export * from '../routes/app.ts'"],
      ['db/sqlite/accounts.ts', "import {\n  isAncestor,\n} from '../../lib/account-tree.ts'"],
      ['db/store.ts', "import type { Account } from '../lib/account.ts'"],
    ],
  },
  {
    says: 'only tests and fixtures import from test/ and fixtures/',
    isBrokenBy: (file, { path }) =>
      startsWithAny(file, program) && startsWithAny(path, ['test/', 'fixtures/']),
    examples: [
      ['lib/bootstrap.ts', "import { tree } from '../fixtures/accounts.ts'"],
      ['routes/main.ts', "const { startApp } = await import('../test/support/start-app.ts')"],
    ],
  },
  {
    says: 'only routes/main.ts imports db/sqlite',
    isBrokenBy: (file, { path }) =>
      startsWithAny(file, program) &&
      path.startsWith('db/sqlite/') &&
      !file.startsWith('db/sqlite/') &&
      file !== 'routes/main.ts',
    examples: [
      ['routes/app.ts', "import { openSqliteStore } from '../db/sqlite/index.ts'"],
      ['lib/services.ts', "import type { Row } from '../db/sqlite/accounts.ts'"],
      ['db/store.ts', "export { openSqliteStore } from './sqlite/index.ts'"],
    ],
  },
  {
    says: 'outside db/, only errors and kept of what stands beside db/sqlite are more than types',
    isBrokenBy: (file, { path, typeOnly }) =>
      startsWithAny(file, program) &&
      !file.startsWith('db/') &&
      /^db\/[^/]+$/.test(path) &&
      !['db/errors.ts', 'db/kept.ts'].includes(path) &&
      !typeOnly,
    examples: [
      ['lib/accounts.ts', "import { type Store } from '../db/store.ts'"],
      ['serializers/twilio/account.ts', "export { limit } from '../../db/store.ts'"],
      ['routes/app.ts', "await import('../db/store.ts')"],
    ],
  },
  {
    says: "a dialect never imports another dialect's folder",
    isBrokenBy: (file, { path }) => {
      const own = dialectOf(file)
      const other = dialectOf(path)
      return own !== undefined && other !== undefined && own !== other
    },
    examples: [
      ['routes/twilio/index.ts', "import { params } from '../restcomm/params.ts'"],
      ['routes/crossbar/index.ts', "import { page } from '../../serializers/twilio/page.ts'"],
      ['serializers/restcomm/client.ts', "import type { Envelope } from '../crossbar/envelope.ts'"],
    ],
  },
  {
    says: "a dialect's serializers are imported by its routes only",
    isBrokenBy: (file, { path }) =>
      startsWithAny(file, program) &&
      path.startsWith('serializers/') &&
      dialectOf(path) !== undefined &&
      dialectOf(file) === undefined,
    examples: [
      ['routes/app.ts', "import { error } from '../serializers/twilio/error.ts'"],
      ['serializers/xml.ts', "import { fields } from './restcomm/account.ts'"],
    ],
  },
  {
    says: 'every import names its file or package in plain text',
    isBrokenBy: (file, { specifier }) => startsWithAny(file, program) && specifier === '',
    examples: [
      ['lib/a.ts', 'await import(name)'],
      ['db/sqlite/migrate.ts', "await import('./migrations/' + name)"],
    ],
  },
  ...Object.entries(packageOwners).map(([name, owners]) => packageRule(name, owners)),
]

function packageRule(name: string, owners: string[]): ImportRule {
  return {
    says: `${name} is imported in ${[...owners, 'test/ and fixtures/'].join(', ')} only`,
    isBrokenBy: (file, found) =>
      startsWithAny(file, program) && found.packageName === name && !startsWithAny(file, owners),
    examples: [
      ['lib/accounts.ts', `import helper from '${name}'`],
      ['serializers/dates.ts', `export type { Helper } from '${name}/deep/file.js'`],
      ['lib/services.ts', `const helper = require('${name}')`],
    ],
  }
}

function startsWithAny(path: string, beginnings: string[]): boolean {
  return beginnings.some((beginning) => path.startsWith(beginning))
}

function dialectOf(path: string): string | undefined {
  const [layer, folder, file] = path.split('/')
  const isDialect = (layer === 'routes' || layer === 'serializers') && file !== undefined
  return isDialect ? dialects.find((dialect) => dialect === folder) : undefined
}
