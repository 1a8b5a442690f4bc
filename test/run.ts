import { subscribe } from 'node:diagnostics_channel'
import { globSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { prepareUvu } from './support/prepare-uvu.ts'
import { Report, type SuiteResult } from './support/report.ts'
import { skipChannel } from './support/skip.ts'

// uvu by itself says nothing when tests were forgotten, hidden or cut short. Here we run the suites
// it queues and count for ourselves. Usage: node test/run.ts [--dir folder] [word ...]

main().catch((error) => {
  console.error(error)
  process.exit(1)
})

async function main() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { dir: { type: 'string', default: import.meta.dirname } },
  })
  const report = new Report()
  watchProcess(report)
  await prepareUvu(report)

  const paths = findTests(values.dir, positionals)
  if (paths.length === 0) {
    report.fault(`no test file in ${values.dir} matches: ${positionals.join(' ')}`)
  }
  for (const path of paths) {
    report.beginFile(path)
    await runFile(join(resolve(values.dir), '..', path), report)
    report.endFile()
  }
  exit(report)
}

/** Paths start with the folder's own name, so that a path completed by the shell matches too. */
function findTests(folder: string, words: string[]): string[] {
  return globSync('**/*.test.ts', { cwd: folder })
    .map((path) => join(basename(resolve(folder)), path))
    .filter((path) => words.length === 0 || words.some((word) => path.includes(word)))
    .sort()
}

async function runFile(file: string, report: Report) {
  const limit = limitTime(report)
  const suites: (() => Promise<SuiteResult>)[] = []
  Object.assign(globalThis, { UVU_QUEUE: [suites] })
  try {
    await import(pathToFileURL(file).href)
    for (const suite of suites) {
      report.addSuite(await suite())
    }
  } catch (error) {
    report.fault('the file could not be loaded, or its after hook threw', error)
  }
  // Node reports an unhandled rejection only once the microtasks have run dry.
  await nextTurn()
  clearTimeout(limit)
}

/** Holds no reference: a test that waits for what cannot come ends the process at once. */
function limitTime(report: Report) {
  const limit = Number(process.env.TEST_TIMEOUT_MS ?? 600_000)
  return setTimeout(() => {
    report.fault(`the file did not end within ${limit} ms`)
    exit(report)
  }, limit).unref()
}

function watchProcess(report: Report) {
  subscribe(skipChannel, (reason) => report.skip(String(reason)))
  // A rejection that nobody handles arrives here as well; then the origin says so.
  process.on('uncaughtException', (error, origin) => report.fault(origin, error))
  process.on('exit', () => {
    if (!report.complete) {
      report.fault('the process ended early')
    }
    console.log(report.lastLine)
    process.exitCode = report.failed > 0 ? 1 : 0
  })
}

/** Does not wait for the event loop: a forgotten timer or socket would keep it going for ever. */
function exit(report: Report) {
  report.complete = true
  process.exit()
}
