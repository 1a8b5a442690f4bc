import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isKept, keep } from '../../db/kept.ts'
import { remembered } from '../../lib/remembered.ts'

test('what is made of a kept value is made once, and of another value anew', () => {
  let made = 0
  const doubled = remembered(({ number }: { number: number }) => {
    made += 1
    return number * 2
  })
  const [one, other] = [keep({ number: 1 }), keep({ number: 1 })]
  assert.equal([doubled(one), doubled(one), doubled(one)], [2, 2, 2])
  assert.is(made, 1)
  assert.is(doubled(other), 2)
  assert.is(made, 2)
})

test('of a value that nobody keeps it is made each time', () => {
  let made = 0
  const count = remembered((_value: object) => {
    made += 1
    return made
  })
  const value = {}
  assert.equal([count(value), count(value), count(keep(value)), count(value)], [1, 2, 3, 3])
})

test('what was made of a kept value is kept, and nothing else is', () => {
  const copy = remembered((value: object) => ({ ...value }))
  assert.ok(isKept(copy(keep({ number: 1 }))))
  assert.not.ok(isKept(copy({ number: 1 })))
})

test('so is nothing, but not what could not be made', () => {
  let asked = 0
  const sometimes = remembered((_value: object) => {
    asked += 1
    if (asked === 1) {
      throw new Error('not yet')
    }
  })
  const value = keep({})
  assert.throws(() => sometimes(value), 'not yet')
  for (let again = 0; again < 3; again += 1) {
    assert.is(sometimes(value), undefined)
  }
  assert.is(asked, 2)
})

test.run()
