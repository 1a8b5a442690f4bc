import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { assertNothingDone, rawAnswer } from '../support/attacks.ts'
import { idOf } from '../support/crossbar.ts'
import { basic } from '../support/restcomm.ts'
import { startApp, type TestApp } from '../support/start-app.ts'

// A few kilobytes that unpack to fifty megabytes.

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

const unpackedBytes = 50 * 1024 * 1024
const bomb = Buffer.alloc(unpackedBytes, 'FriendlyName=x&')
const packed = {
  gzip: gzipSync(bomb),
  'x-gzip': gzipSync(bomb),
  deflate: deflateSync(bomb),
  br: brotliCompressSync(bomb, { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } }),
  zstd: zstdCompressSync(bomb),
  'gzip, gzip': gzipSync(gzipSync(bomb)),
  GZIP: gzipSync(bomb),
} as const

test('a compressed body is refused in every dialect before anything unpacks it', () =>
  assertNothingDone(app, async () => {
    const { sid, token } = app.root
    const before = process.memoryUsage().rss
    for (const [encoding, body] of Object.entries(packed)) {
      for (const [method, path, type, statuses] of [
        ['PUT', `/2012-04-24/Accounts/${sid}`, 'application/x-www-form-urlencoded', [413, 415]],
        [
          'POST',
          `/2010-04-01/Accounts/${sid}.json`,
          'application/x-www-form-urlencoded',
          [400, 413],
        ],
        ['PATCH', `/v2/accounts/${idOf(sid)}`, 'application/json', [413, 415]],
        ['PUT', '/v2/user_auth', 'application/json', [413, 415]],
      ] as const) {
        const response = await fetch(`${app.url}${path}`, {
          method,
          headers: {
            Authorization: basic(sid, token),
            'Content-Type': type,
            'Content-Encoding': encoding,
          },
          body: new Uint8Array(body),
        })
        await response.arrayBuffer()
        assert.ok(
          statuses.some((status) => status === response.status),
          `${encoding} ${path} ${response.status}`,
        )
      }
    }
    const grown = process.memoryUsage().rss - before
    assert.ok(grown < unpackedBytes, `memory grew by ${grown} bytes`)
  }))

test('a body in chunks is as compressed as its transfer coding says, and that is refused', async () => {
  for (const coding of ['gzip', 'gzip, chunked', 'chunked, gzip', 'deflate']) {
    const answer = await rawAnswer(
      app,
      [
        `PUT /2012-04-24/Accounts/${app.root.sid} HTTP/1.1`,
        'Host: x',
        `Authorization: ${basic(app.root.sid, app.root.token)}`,
        'Content-Type: application/x-www-form-urlencoded',
        `Transfer-Encoding: ${coding}`,
        'Connection: close',
        '',
        '0\r\n\r\n',
      ].join('\r\n'),
    )
    assert.match(answer, /^HTTP\/1\.1 (400|501) /, coding)
  }
})

test.run()
