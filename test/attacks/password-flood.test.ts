import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { anyPassword, createAccount } from '../support/restcomm.ts'
import { startApp } from '../support/start-app.ts'

// How much of their rate the others keep is measured in test/bench/password-flood.ts.

const flood = 500
const waitingHashes = 32

const doors = ['/2012-04-24/Accounts.json', '/2010-04-01/Accounts.json', '/v2/token_auth']

function door(turn: number): string {
  return doors[turn % doors.length] ?? ''
}

test(`${flood} wrong passwords at once are hashed one by one, 32 wait, and the rest are refused`, async () => {
  const app = await startApp({ config: { bcryptCost: 10 } })
  const victim = await createAccount(app, app.root)
  let isOver = false
  const guesses = Promise.all(
    Array.from({ length: flood }, (_, turn) =>
      knock(app, { sid: victim.sid, token: `guess number ${turn}` }, 'GET', door(turn)),
    ),
  ).finally(() => {
    isOver = true
  })
  let served = 0
  while (!isOver) {
    const read = await knock(app, victim, 'GET', door(served))
    assert.is(read.status, 200)
    served += 1
  }
  const answers = await guesses
  const count = (status: number) => answers.filter((each) => each.status === status).length
  assert.is(count(401) + count(429), flood)
  // While the last of them come in, the first have had their turn and made room.
  assert.ok(count(401) > waitingHashes && count(429) > flood / 2, `${count(401)} were hashed`)
  assert.ok(served > 20, `only ${served} reads were served meanwhile`)
  for (const { status, headers } of answers) {
    assert.ok(status !== 429 || /^[1-9]\d*$/.test(headers.get('retry-after') ?? ''))
  }
  for (const path of doors) {
    const right = { sid: victim.sid, token: anyPassword }
    assert.is((await knock(app, right, 'GET', path)).status, 200)
  }
  assert.not.match(app.log(), 'through a fault of the server')
  await app.stop()
})

test.run()
