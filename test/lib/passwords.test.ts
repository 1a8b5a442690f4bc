import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { newSid } from '../../lib/ids.ts'
import { createPasswords } from '../../lib/passwords.ts'
import { createSecrets, newSealingKey } from '../../lib/secrets.ts'
import { createWorkQueue, type WorkQueue } from '../../lib/work-queue.ts'
import { laterRefusalOf } from '../support/refusals.ts'

const { digestToken } = createSecrets(newSealingKey())

/** Passwords behind the real queue, which counts the pieces of its work. */
async function countedPasswords(cost = 4, maxWaiting = 32) {
  const queue = createWorkQueue(maxWaiting)
  let count = 0
  const counting: WorkQueue = {
    run: (work) =>
      queue.run(() => {
        count += 1
        return work()
      }),
  }
  const passwords = await createPasswords(counting, cost, digestToken)
  return { passwords, hashes: () => count }
}

test('a password is found right by its hash and a wrong one is not', async () => {
  const { passwords } = await countedPasswords()
  const hash = await passwords.hash('correct horse')
  assert.match(hash, /^\$2b\$04\$/)
  assert.is(await passwords.matches(newSid('AC'), 'correct horse', hash), true)
  assert.is(await passwords.matches(newSid('AC'), 'battery staple', hash), false)
  assert.is(await passwords.matches(newSid('AC'), '', hash), false)
})

test('two hashes of one password differ', async () => {
  const { passwords } = await countedPasswords()
  assert.is.not(await passwords.hash('correct horse'), await passwords.hash('correct horse'))
})

test('a password that was right is hashed once, and a wrong one each time', async () => {
  const { passwords, hashes } = await countedPasswords()
  const sid = newSid('AC')
  const hash = await passwords.hash('correct horse')
  for (let tried = 0; tried < 3; tried += 1) {
    assert.ok(await passwords.matches(sid, 'correct horse', hash))
  }
  assert.is(hashes(), 2)
  for (let tried = 0; tried < 3; tried += 1) {
    assert.not.ok(await passwords.matches(sid, 'battery staple', hash))
  }
  assert.is(hashes(), 5)
  assert.ok(await passwords.matches(sid, 'correct horse', hash))
  assert.is(hashes(), 5)
})

test('what was right under the old hash is wrong as soon as the row holds another', async () => {
  const { passwords } = await countedPasswords()
  const sid = newSid('AC')
  const before = await passwords.hash('correct horse')
  assert.ok(await passwords.matches(sid, 'correct horse', before))
  const after = await passwords.hash('battery staple')
  assert.not.ok(await passwords.matches(sid, 'correct horse', after))
  assert.ok(await passwords.matches(sid, 'battery staple', after))
  assert.not.ok(await passwords.matches(sid, 'battery staple', undefined))
})

test('what was right for one account is not remembered for another', async () => {
  const { passwords, hashes } = await countedPasswords()
  const hash = await passwords.hash('correct horse')
  await passwords.matches(newSid('AC'), 'correct horse', hash)
  await passwords.matches(newSid('AC'), 'correct horse', hash)
  assert.is(hashes(), 3)
})

test('without a hash no password is right, and each costs one hash of the same cost', async () => {
  const { passwords, hashes } = await countedPasswords(8)
  const hash = await passwords.hash('correct horse')
  const tries = 5
  // The time of the processor, which a busy machine does not lengthen as it does that of the clock.
  const costOf = async (sid: string, secret: string, against: string | undefined) => {
    const before = process.cpuUsage().user
    assert.not.ok(await passwords.matches(sid, secret, against))
    return process.cpuUsage().user - before
  }
  const costs = { known: Number.POSITIVE_INFINITY, unknown: Number.POSITIVE_INFINITY }
  for (let tried = 0; tried < tries; tried += 1) {
    const secret = `battery staple ${tried}`
    costs.known = Math.min(costs.known, await costOf(newSid('AC'), secret, hash))
    costs.unknown = Math.min(costs.unknown, await costOf('', secret, undefined))
  }
  assert.is(hashes(), 1 + 2 * tries)
  const { known, unknown } = costs
  assert.ok(unknown > known / 2 && unknown < known * 2, `${known} us and ${unknown} us`)
})

test('more at once than the queue lets wait is refused before it is hashed', async () => {
  const { passwords, hashes } = await countedPasswords(4, 2)
  const hash = await passwords.hash('correct horse')
  const tries = Array.from({ length: 6 }, () =>
    laterRefusalOf(() => passwords.matches(newSid('AC'), 'battery staple', hash)),
  )
  const refusals = await Promise.all(tries)
  assert.is(refusals.filter((refusal) => refusal?.kind === 'throttled').length, 3)
  assert.is(hashes(), 1 + 3)
})

test.run()
