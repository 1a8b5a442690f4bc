import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { passwordScore } from '../../lib/password-score.ts'

test('the scores are those of the original', () => {
  const scores: [password: string, score: number][] = [
    ['1234', 4],
    ['restcomm', 8],
    ['password', 8],
    ['RestComm', 36],
    ['asdf123', 37],
    ['NewPassword', 43],
    ['mynewpassword12', 51],
    ['Restcomm2', 54],
    ['γιωργος123#!@', 63],
    ['asd123$#@', 68],
    ['not-created-password', 68],
    ['RestComm12', 70],
    ['1234asdf!@#', 75],
    ['RestComm1234', 88],
  ]
  for (const [password, score] of scores) {
    assert.is(passwordScore(password), score, password)
  }
})

// Each worked out by hand from the terms of restcomm.md 7.1, in their order.
test('each term of the rule counts', () => {
  const scores: [password: string, score: number][] = [
    ['', 0],
    ['\u00e9', 4],
    // 4n + 6 symbols
    ['-', 10],
    // 4n + 2(n - lower): nothing; - n for letters only
    ['a', 3],
    // 4n + 6 * 3 + 2 * 1 in the middle; 10 * 3 / 3 for the repeats
    ['---', 22],
    // 4n - n for digits only
    ['7', 3],
    // 4n + 4 digits + 2(n - lower) with a letter beside it, whichever case
    ['a1', 14],
    ['A1', 14],
    // 4n + 2(n - upper) + 2(n - lower) - n
    ['aB', 10],
    // the same less 10 * 2 / 2, as letter case does not make two letters different
    ['aA', 0],
    // 4n - n - 2 * 2 adjacent - 3 for the run, whichever way and case
    ['ABC', 2],
    ['cba', 2],
    // 4n + 2 middle - 2 * 2 - 3 - n
    ['890', 4],
    ['321', 4],
    // no symbols of the original, so worth their length; `!` is one, in the middle, in a run of the row
    ['"#@', 12],
    ['\\!@', 17],
    // 4n + 2 * 8 - 8 - 2 * 7 - 10 * 8 / 8, and two classes are not enough for more
    ['aaaaaaaa', 0],
    // three classes with the length: 32 + 2(8 - 7) + 4 + 2 * 3 - 2 * 6 - 10 * 7 / 8
    ['aaaaaaa1', 23],
  ]
  for (const [password, score] of scores) {
    assert.is(passwordScore(password), score, password)
  }
})

test('each of these is a symbol, worth six beside its length, and no other is', () => {
  for (const symbol of "$%&'()*+,-./:;<=>?{|}~!^_`[]") {
    assert.is(passwordScore(symbol), 10, symbol)
  }
  for (const other of ['"', '#', '@', '\\', ' ', '\u00a3', '\u00e9']) {
    assert.is(passwordScore(other), 4, other)
  }
})

test('any text has a score from 0 to 100, also one that breaks the original', () => {
  const anything = fc
    .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 100 })
    .map((codes) => String.fromCharCode(...codes))
  const symbols = fc.string({ unit: fc.constantFrom(...'aA0()[]*+?\\.$^|{}') })
  fc.assert(
    fc.property(fc.oneof(anything, symbols), (password) => {
      const score = passwordScore(password)
      assert.ok(Number.isInteger(score) && score >= 0 && score <= 100, `${score}`)
    }),
    { numRuns: 2000 },
  )
})

test('a very long password takes no longer than it should', () => {
  assert.is(passwordScore('aA1-'.repeat(5000)), 100)
})

test.run()
