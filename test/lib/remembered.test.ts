import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { remembered } from '../../lib/remembered.ts'

test('what is asked for again is kept, and of another value made anew', () => {
  let made = 0
  const doubled = remembered(({ number }: { number: number }) => {
    made += 1
    return number * 2
  })
  const [one, other] = [{ number: 1 }, { number: 1 }]
  assert.equal([doubled(one), doubled(one), doubled(one), doubled(one)], [2, 2, 2, 2])
  assert.is(made, 2)
  assert.is(doubled(other), 2)
  assert.is(made, 3)
})

test('so is nothing, but not what could not be made', () => {
  let asked = 0
  const sometimes = remembered((_value: object) => {
    asked += 1
    if (asked === 1) {
      throw new Error('not yet')
    }
  })
  const value = {}
  assert.throws(() => sometimes(value), 'not yet')
  for (let again = 0; again < 4; again += 1) {
    assert.is(sometimes(value), undefined)
  }
  assert.is(asked, 3)
})

test.run()
