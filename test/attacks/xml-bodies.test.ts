import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, operationsOf, pathWith } from '../support/attacks.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// An entity that reads a file, one that asks another server and one that grows a billion times. No
// request reaches a parser of XML; that no source imports one is shown by test/architecture.test.ts.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const entity = (declared: string) =>
  `<?xml version="1.0"?><!DOCTYPE a [${declared}]><Account><FriendlyName>&x;</FriendlyName></Account>`
const laughs = Array.from(
  { length: 9 },
  (_, at) => `<!ENTITY l${at + 1} "${`&l${at};`.repeat(10)}">`,
)
const bodies = [
  entity('<!ENTITY x SYSTEM "file:///etc/passwd">'),
  entity('<!ENTITY x SYSTEM "http://127.0.0.1:1/">'),
  entity('<!ENTITY % p SYSTEM "http://127.0.0.1:1/"> %p;'),
  entity(`<!ENTITY l0 "ha">${laughs.join('')}<!ENTITY x "&l9;">`),
  '<Account><FriendlyName>taken over</FriendlyName><Status>closed</Status></Account>',
]
const types = [
  ...['application/xml', 'text/xml', 'application/xml; charset=utf-16', 'application/soap+xml'],
  ...['application/xhtml+xml', 'image/svg+xml', 'text/html', 'multipart/form-data; boundary=x'],
]

test('a body of XML is refused by every route that takes a body, and nothing of it is read', () =>
  assertNothingDone(app, async () => {
    const ids = { sid: app.root.sid, key: `SK${'0'.repeat(32)}`, callflow: '0'.repeat(32) }
    const taking = (await operationsOf(app)).filter(({ form, takesJson }) => form || takesJson)
    assert.ok(taking.length > 15)
    for (const operation of taking) {
      const path = pathWith(operation, ids).replace('{name}', 'accounts')
      for (const type of types) {
        for (const body of bodies) {
          const response = await fetch(`${app.url}${path}`, {
            method: operation.method,
            headers: { Authorization: basic(app.root.sid, app.root.token), 'Content-Type': type },
            body,
          })
          const text = await response.text()
          const expected = operation.dialect === 'Twilio' ? 400 : 415
          // What is refused for another reason was not read either.
          assert.ok(
            [expected, 403, 404].includes(response.status),
            `${operation.method} ${path} ${type}: ${response.status}`,
          )
          assert.not.match(text, /root:|haha|taken over/)
        }
      }
    }
  }))

test('XML that is sent as a form or as JSON is a name without a value, or no JSON', () =>
  assertNothingDone(app, async () => {
    for (const body of bodies) {
      for (const [method, path, type] of [
        ['POST', '/2012-04-24/Accounts', 'application/x-www-form-urlencoded'],
        ['PATCH', `/v2/accounts/${app.root.sid.slice(2)}`, 'application/json'],
      ] as const) {
        const response = await fetch(`${app.url}${path}`, {
          method,
          headers: { Authorization: basic(app.root.sid, app.root.token), 'Content-Type': type },
          body,
        })
        assert.is(response.status, 400)
        assert.not.match(await response.text(), /root:|haha/)
      }
    }
  }))

test.run()
