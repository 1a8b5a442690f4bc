import * as assert from 'uvu/assert'
import { ask, idOf, objectFrom } from '../support/crossbar.ts'
import { send as sendRestcomm } from '../support/restcomm.ts'
import { demoRoot } from '../support/start-process.ts'
import { type KeyLogin, send as sendTwilio } from '../support/twilio.ts'
import type { Dialect } from './known.ts'
import type { Answered, Place } from './writers.ts'

const twilioCodes: Readonly<Record<number, number>> = { 503: 20503, 507: 20507 }
const crossbarTokens: Readonly<Record<number, string>> = {
  503: 'datastore_unavailable',
  507: 'datastore_full',
}

/** The answer to a change that the disk did not take, in the form of its dialect. */
export function assertRefused(
  { status, headers, text }: Answered,
  { dialect }: { readonly dialect: Dialect },
): void {
  assert.ok([503, 507].includes(status), `${status} ${text}`)
  assert.is(headers.get('Retry-After'), status === 503 ? '5' : null)
  assert.is(headers.get('Content-Type'), 'application/json')
  const id = headers.get('X-Request-ID') ?? ''
  const message = status === 503 ? 'The store is not available' : 'The disk is full'
  const body = objectFrom(JSON.parse(text))
  const told = `${message} (request ${id})`
  switch (dialect) {
    case 'restcomm':
      assert.equal(body, { message: told })
      break
    case 'twilio': {
      const code = twilioCodes[status] ?? 0
      assert.equal(body, { code, message: told, more_info: `/docs/errors/${code}`, status })
      break
    }
    case 'crossbar':
      assert.equal(body, {
        ...{ data: { message: told }, error: String(status), status: 'error', request_id: id },
        message: crossbarTokens[status] ?? '',
      })
  }
}

/** Tries a change of an account in every dialect; each is to be answered with one of the statuses. */
export async function tryToWrite(
  place: Place,
  sid: string,
  statuses: readonly number[],
): Promise<void> {
  const name = { FriendlyName: `named at ${performance.now()}` }
  const data = { name: `called at ${performance.now()}` }
  const answers: readonly (readonly [Dialect, Answered])[] = [
    ['restcomm', await sendRestcomm(place, demoRoot, 'PUT', `/Accounts/${sid}.json`, name)],
    ['twilio', await sendTwilio(place, demoRoot, 'POST', `/Accounts/${sid}.json`, name)],
    ['crossbar', await ask(place, demoRoot, 'PATCH', `/accounts/${idOf(sid)}`, { data })],
  ]
  for (const [dialect, answer] of answers) {
    assert.ok(statuses.includes(answer.status), `${dialect} ${answer.status} ${answer.text}`)
    if (answer.status >= 500) {
      assertRefused(answer, { dialect })
    }
  }
}

/** Reads an account in every dialect, and by a key whose use would be noted if it could. */
export async function assertReads(place: Place, sid: string, key: KeyLogin): Promise<void> {
  const answers: readonly Answered[] = [
    await sendRestcomm(place, demoRoot, 'GET', `/Accounts/${sid}.json`),
    await sendTwilio(place, demoRoot, 'GET', '/Accounts.json'),
    await sendTwilio(place, key, 'GET', `/Accounts/${sid}.json`),
    await ask(place, demoRoot, 'GET', `/accounts/${idOf(sid)}`),
  ]
  for (const { status, text } of answers) {
    assert.is(status, 200, text)
  }
}
