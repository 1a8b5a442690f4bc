import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { knock } from '../support/attacks.ts'
import { demo } from '../support/commands.ts'
import { basic } from '../support/restcomm.ts'
import { demoRoot, inNewFolder, startProgram } from '../support/start-process.ts'

// A thousand connections that never come to an end: half of them with headers, half with a body.

const wanted = 1000
const headersTimeoutMs = 10_000
/** So long they all hold on. */
const heldMs = 9_000

type Slow = { readonly socket: Socket; closedAfter: number | undefined; text: string }

test('a thousand slow connections keep nobody from being served, and are cut off in time', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    const port = Number(new URL(program.url).port)
    const begun = performance.now()
    const slow = await openSlow(port, begun)
    if (slow.length < wanted) {
      console.log(`only ${slow.length} connections could be opened: this machine has no more`)
    }
    assert.ok(slow.length >= 100)
    const drip = setInterval(() => dripOn(slow), 1000)

    const waits: number[] = []
    while (performance.now() - begun < heldMs) {
      const asked = performance.now()
      for (const path of ['/2012-04-24/Accounts', '/2010-04-01/Accounts.json', '/v2/token_auth']) {
        // Each on a connection of its own: it is the door that is held.
        const headers = { Connection: 'close' }
        assert.is((await knock(program, demoRoot, 'GET', path, { headers })).status, 200)
      }
      waits.push(performance.now() - asked)
      await pause(100)
    }
    const held = slow.filter(({ closedAfter = heldMs }) => closedAfter >= heldMs)
    assert.ok(held.length > slow.length * 0.9, `only ${held.length} held on`)
    waits.sort((a, b) => a - b)
    const typical = waits[Math.floor(waits.length / 2)] ?? 0
    assert.ok(typical < 500, `three reads took ${typical} ms`)

    const headersOnly = slow.filter((_, index) => index % 2 === 0)
    while (headersOnly.some(({ closedAfter }) => closedAfter === undefined)) {
      const late = performance.now() - begun
      assert.ok(late < headersTimeoutMs + 6000, 'slow headers were not cut off')
      await pause(50)
    }
    assert.ok(headersOnly.every(({ text }) => /^HTTP\/1\.1 408 /.test(text)))
    clearInterval(drip)
    slow.map(({ socket }) => socket.destroy())
    assert.is((await knock(program, demoRoot, 'GET', '/2012-04-24/Accounts')).status, 200)
    const { code } = await program.kill()
    assert.is(code, 0)
  }))

async function openSlow(port: number, begun: number): Promise<readonly Slow[]> {
  const open: Slow[] = []
  for (let index = 0; index < wanted; index += 1) {
    const socket = connect(port, '127.0.0.1')
    const slow: Slow = { socket, closedAfter: undefined, text: '' }
    socket.on('error', () => {})
    socket.on('data', (chunk) => {
      slow.text += chunk
    })
    socket.on('close', () => {
      slow.closedAfter = performance.now() - begun
    })
    const isOpen = await Promise.race([
      once(socket, 'connect').then(() => true),
      once(socket, 'close').then(() => false),
    ])
    if (!isOpen) {
      break
    }
    socket.write(beginning(index))
    open.push(slow)
  }
  return open
}

/** Of every other the headers never end, of the rest the body. */
function beginning(index: number): string {
  const headers = [
    `POST /2012-04-24/Accounts/${demoRoot.sid} HTTP/1.1`,
    'Host: x',
    `Authorization: ${basic(demoRoot.sid, demoRoot.token)}`,
    'Content-Type: application/x-www-form-urlencoded',
  ]
  const lines = index % 2 === 0 ? headers : [...headers, 'Content-Length: 1000', '', '']
  return `${lines.join('\r\n')}${index % 2 === 0 ? '\r\n' : 'FriendlyName='}`
}

function dripOn(slow: readonly Slow[]): void {
  for (const [index, { socket, closedAfter }] of slow.entries()) {
    if (closedAfter === undefined) {
      socket.write(index % 2 === 0 ? 'X-Slow: 1\r\n' : 'x')
    }
  }
}

test.run()
