import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { depth, isAncestor, isRoot } from '../../lib/account-tree.ts'

const at = (...sids: readonly string[]) => ({ path: sids.map((sid) => `${sid}/`).join('') })

test('everyone above an account is its ancestor, at any distance', () => {
  const deep = at('root', 'a', 'b', 'c')
  for (const upper of [at('root'), at('root', 'a'), at('root', 'a', 'b')]) {
    assert.ok(isAncestor(upper, deep))
  }
})

test('nobody is an ancestor of itself, of those above or of those beside', () => {
  const account = at('root', 'a', 'b')
  for (const other of [
    account,
    at('root'),
    at('root', 'a'),
    at('root', 'a', 'c'),
    at('root', 'd'),
  ]) {
    assert.not.ok(isAncestor(account, other))
  }
})

test('a SID that begins like another is no ancestor of what lies below that one', () => {
  assert.not.ok(isAncestor(at('root', 'a'), at('root', 'ab')))
  assert.not.ok(isAncestor(at('root', 'a'), at('root', 'ab', 'c')))
})

test('an ancestor is whose whole way is the beginning of the other', () => {
  const way = fc.array(fc.constantFrom('a', 'b', 'ab'), { maxLength: 5 })
  fc.assert(
    fc.property(way, way, (upper, lower) => {
      const isBeginning = upper.length < lower.length && upper.every((sid, i) => sid === lower[i])
      assert.is(isAncestor(at('root', ...upper), at('root', ...lower)), isBeginning)
    }),
  )
})

test('the root is at level 1 and has no parent', () => {
  const step = { sid: 'root', status: 'active', revision: 1, isReseller: false } as const
  assert.is(depth([step]), 1)
  assert.is(depth([step, step, step]), 3)
  assert.ok(isRoot({ parentSid: undefined }))
  assert.not.ok(isRoot({ parentSid: 'root' }))
})

test.run()
