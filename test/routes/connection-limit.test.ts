import { once } from 'node:events'
import { get } from 'node:http'
import { connect, type Socket } from 'node:net'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { limitConnections } from '../../routes/connection-limit.ts'
import { type AddressTest, loopback, withinNetworks } from '../../routes/networks.ts'
import { createServer, listen, stop } from '../../routes/server.ts'

const most = 3
const nobody = withinNetworks([])

async function withServer(
  isExempt: AddressTest,
  body: (port: number) => Promise<void>,
): Promise<void> {
  const server = createServer((_request, response) => response.end('served'), undefined)
  limitConnections(server, isExempt, most)
  const { port } = await listen(server, '127.0.0.1', 0)
  try {
    await body(port)
  } finally {
    await stop(server, 100)
  }
}

/** Connections that say nothing; of those that are refused, that they were closed. */
async function hold(port: number, count: number): Promise<readonly Socket[]> {
  const sockets = Array.from({ length: count }, () => connect({ port, host: '127.0.0.1' }))
  await Promise.all(sockets.map((socket) => once(socket, 'connect')))
  return sockets
}

/** The status of a request on a connection of its own; undefined where it was cut off. */
function ask(port: number, localAddress = '127.0.0.1'): Promise<number | undefined> {
  return new Promise((resolve) => {
    get({ port, host: '127.0.0.1', localAddress, agent: false }, (response) => {
      response.resume().once('end', () => resolve(response.statusCode))
    }).once('error', () => resolve(undefined))
  })
}

test('an address that has as many connections as it may gets no more until one ends', () =>
  withServer(nobody, async (port) => {
    const [first, ...more] = await hold(port, most)
    assert.is(await ask(port), undefined)
    assert.is(await ask(port, '127.0.0.2'), 200)
    first?.destroy()
    while ((await ask(port)) === undefined) {
      // The server hears of the end in its own time.
    }
    assert.is(await ask(port), 200)
    more.map((socket) => socket.destroy())
  }))

test('a proxy that is believed and this machine may have more', () =>
  withServer(withinNetworks(loopback), async (port) => {
    const sockets = await hold(port, most * 2)
    assert.is(await ask(port), 200)
    sockets.map((socket) => socket.destroy())
  }))

test.run()
