import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { DomainError } from '../../../lib/errors.ts'
import { failureOf } from '../../../routes/crossbar/errors.ts'

test('a name or realm that was taken first is told as one that was taken before', () => {
  const refusal = { kind: 'duplicate', field: 'realm', value: 'taken.example.com' } as const
  const failure = failureOf(new DomainError(refusal), { segments: [], asksForJson: false })
  assert.is(failure?.status, 400)
  assert.equal(failure?.data, {
    realm: {
      unique: {
        message: 'The realm is in use by another account',
        cause: 'taken.example.com',
      },
    },
  })
})

test.run()
