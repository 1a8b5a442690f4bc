import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { keep } from '../../db/kept.ts'
import { jsonText } from '../../serializers/json.ts'

test('any value becomes JSON in one line', () => {
  for (const value of [null, true, 0, 'a "b"', [], [1, { a: null }], {}, { b: 1, a: [2] }]) {
    assert.is(jsonText(value), JSON.stringify(value))
  }
})

test('only what is kept is not read again', () => {
  let read = 0
  const counting = () => ({
    toJSON() {
      read += 1
      return read
    },
  })
  const [kept, other] = [keep(counting()), counting()]
  assert.equal([jsonText(kept), jsonText(kept)], ['1', '1'])
  assert.equal([jsonText(other), jsonText(other)], ['2', '3'])
})

test.run()
