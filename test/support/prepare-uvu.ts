import type { Callback } from 'uvu'
import type { Report } from './report.ts'

/**
 * Makes uvu queue its suites instead of running them (it must not be loaded before this), and makes
 * it tell two things that it keeps to itself: that a test is focused, and why a hook failed.
 */
export async function prepareUvu(report: Report) {
  Object.assign(globalThis, { UVU_DEFER: 1 })
  const { test } = await import('uvu')
  const { only, before, after } = test
  const afterEach = after.each
  test.only = (name, handler) => {
    report.fault(`test.only hides the other tests: ${name}`)
    only(name, handler)
  }
  test.before = Object.assign((hook: Callback) => before(printErrors(hook)), { each: before.each })
  after.each = (hook) => afterEach(printErrors(hook))
}

function printErrors(hook: Callback): Callback {
  return async (context) => {
    try {
      await hook(context)
    } catch (error) {
      console.log('\na hook threw:', error)
      throw error
    }
  }
}
