import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { JsonObject } from '../../../db/store.ts'
import { action, reachableCallflow, step } from '../../../fixtures/crossbar/arbitraries.ts'
import {
  type Keys,
  pathOf,
  stepOf,
  type Wrong,
  withValue,
  wrongInCallflows,
  wrongInMetaflowSteps,
  wrongInSteps,
} from '../../../fixtures/crossbar/wrong-documents.ts'
import { validateDocument } from '../../../routes/crossbar/validation/index.ts'
import { type Answer, ask, codes } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'
import { type Callflow, callflowsOf, madeCallflow } from '../../support/stored-callflows.ts'

const sampled = { numRuns: 60 }

let app: TestApp
let present: Callflow
test.before(async () => {
  app = await startApp()
  present = await madeCallflow(app, app.root)
})
test.after(() => app.stop())

/** To the real route, in place of the callflow that is there. */
function post(data: JsonObject): Promise<Answer> {
  return ask(app, app.root, 'POST', callflowsOf(app.root, present.id), { data })
}

async function assertRefused(document: JsonObject, [keys, value, code]: Wrong): Promise<void> {
  const answer = await post(withValue(document, keys, value))
  assert.is(answer.status, 400, answer.text.slice(0, 500))
  assert.equal(codes(answer), { [pathOf(keys)]: [code] })
}

test('documents that were built by the rules are stored, and come back whole', () =>
  fc.assert(
    fc.asyncProperty(reachableCallflow, async (document) => {
      const answer = await post(document)
      assert.is(answer.status, 200, answer.text.slice(0, 500))
      const { id, metadata, ...kept } = answer.data
      assert.is(id, present.id)
      assert.equal(metadata, {})
      assert.equal(kept, validateDocument('callflows', document).document)
      const read = await ask(app, app.root, 'GET', callflowsOf(app.root, present.id))
      assert.is(JSON.stringify(read.data), JSON.stringify(answer.data))
      const again = await post(read.data)
      assert.is(JSON.stringify(again.data), JSON.stringify(read.data))
    }),
    sampled,
  ))

test('a document that is wrong in one place is refused at that place alone', () =>
  fc.assert(
    fc.asyncProperty(reachableCallflow, fc.constantFrom(...wrongInCallflows), assertRefused),
    sampled,
  ))

test('a step that is wrong is found wherever it stands in a flow or a metaflow', async () => {
  const inFlow = ['flow'] as const
  const inMetaflow = ['metaflow', 'numbers', '7'] as const
  for (const [arbitrary, above, wrongs] of [
    [action, inFlow, wrongInSteps],
    [step, inMetaflow, wrongInMetaflowSteps],
  ] as const) {
    await fc.assert(
      fc.asyncProperty(
        reachableCallflow,
        arbitrary,
        fc.constantFrom(...wrongs),
        fc.nat(),
        async (document, top, [keys, value, code], seed) => {
          const place: Keys = [...above, ...stepOf(top, seed), ...keys]
          await assertRefused(withValue(document, above, top), [place, value, code])
        },
      ),
      sampled,
    )
  }
})

test('a pattern that cannot be run is found wherever it stands among the others', () => {
  const bad = fc.constantFrom('(', 'a**', '(a)\\1', '(?=a)', 'a{1000}{1000}', 'x'.repeat(1025))
  return fc.assert(
    fc.asyncProperty(reachableCallflow, bad, fc.nat(), async (document, pattern, seed) => {
      const all = Array.isArray(document.patterns) ? document.patterns : []
      const index = seed % (all.length + 1)
      const patterns = [...all.slice(0, index), pattern, ...all.slice(index)]
      const answer = await post({ ...document, patterns })
      assert.equal(codes(answer), { [`patterns.${index}`]: ['invalid'] })
    }),
    sampled,
  )
})

test('a patch with any part of a document gives what a replacement with the whole gives', () =>
  fc.assert(
    fc.asyncProperty(reachableCallflow, fc.nat(), async (document, seed) => {
      const whole = await post(document)
      const entries = Object.entries(whole.data).filter((_, index) => ((seed >> index) & 1) === 0)
      const part = Object.fromEntries(entries)
      // Merging would leave nulls out, which a replacement keeps.
      fc.pre(!JSON.stringify(part).includes('null'))
      const path = callflowsOf(app.root, present.id)
      const patched = await ask(app, app.root, 'PATCH', path, { data: part })
      assert.is(patched.status, 200, patched.text)
      assert.equal(patched.data, whole.data)
    }),
    sampled,
  ))

test.run()
