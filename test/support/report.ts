import { inspect } from 'node:util'

/** What uvu answers for a suite: the failures as text, or `true` when it has none to show. */
export type SuiteResult = [failures: string | true, passed: number, skipped: number, total: number]

/** Counts and prints the outcome of a run. Whatever is wrong with a file counts as a failure. */
export class Report {
  passed = 0
  failed = 0
  skipped = 0
  complete = false
  #skips: string[] = []
  #file = { path: '', begin: 0, passed: 0, failed: 0, skipped: 0 }

  beginFile(path: string) {
    const { passed, failed, skipped } = this
    this.#file = { path, begin: performance.now(), passed, failed, skipped }
    process.stdout.write(`${path}  `)
  }

  addSuite([failures, passed, skipped, total]: SuiteResult) {
    const shown = failures === true ? 0 : failures.split(' FAIL ').length - 1
    if (failures !== true) {
      console.log(`\n${failures}`)
    }
    if (passed + shown < total) {
      this.#print('tests are missing: a hook threw, or a test threw something that is no Error')
    }
    if (skipped > 0) {
      this.fault(`${skipped} tests hidden by test.skip or test.only; use skipUnless instead`)
    }
    this.passed += Math.max(0, passed - this.#skips.length)
    this.failed += total - passed
    this.skipped += skipped + this.#skips.length
    this.#skips = []
  }

  /** For a test that says itself why it cannot run here; uvu will count it as passed. */
  skip(reason: string) {
    this.#skips.push(reason)
    console.log(`\n  skipped: ${reason}`)
  }

  fault(what: string, error?: unknown) {
    this.failed += 1
    this.#print(error === undefined ? what : `${what}: ${inspect(error)}`)
  }

  endFile() {
    const { begin, passed, failed, skipped } = this.#file
    if (this.passed + this.failed + this.skipped === passed + failed + skipped) {
      this.fault('no test ran; is test.run() missing?')
    }
    const counts = countLine(this.passed - passed, this.failed - failed, this.skipped - skipped)
    console.log(`  ${counts}, ${Math.round(performance.now() - begin)} ms`)
  }

  get lastLine(): string {
    return countLine(this.passed, this.failed, this.skipped)
  }

  #print(what: string) {
    console.log(`\n  FAIL  ${this.#file.path}  ${what}`)
  }
}

function countLine(passed: number, failed: number, skipped: number): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`
}
