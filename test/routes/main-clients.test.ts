import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { base, createAccount, send } from '../support/restcomm.ts'
import type { Login } from '../support/start-app.ts'
import { demoRoot, inNewFolder, type Program, startProgram } from '../support/start-process.ts'

const demo = ['--demo', '--bcrypt-cost', '4']
const proxy = ['--behind-proxy', '127.0.0.1,10.0.0.0/8']
const wrong: Login = { ...demoRoot, token: '0123456789abcdef0123456789abcdef' }

test('X-Forwarded-For is not believed by default, in the log or by the throttle', () =>
  onProgram(demo, async (program) => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      assert.is(await statusFrom(program, `192.0.2.${attempt}`, wrong), 401)
    }
    assert.is(await statusFrom(program, '192.0.2.99', demoRoot), 429)
    await program.kill()
    assert.equal([...new Set(addressesIn(program))], ['127.0.0.1'])
  }))

test('X-Forwarded-For is believed as far as listed proxies wrote it', () =>
  onProgram([...demo, ...proxy], async (program) => {
    const chains = [
      ['192.0.2.1', '192.0.2.1'],
      ['192.0.2.66, 192.0.2.2', '192.0.2.2'],
      ['192.0.2.66, 192.0.2.3, 10.1.2.3', '192.0.2.3'],
      ['192.0.2.4,10.1.2.3 , 127.0.0.1', '192.0.2.4'],
      ['2001:db8::1', '2001:db8::1'],
      ['192.0.2.66, junk', '127.0.0.1'],
      ['', '127.0.0.1'],
    ]
    for (const [chain = ''] of chains) {
      assert.is(await statusFrom(program, chain, demoRoot), 200)
    }
    await program.kill()
    assert.equal(
      addressesIn(program),
      chains.map(([, address]) => address),
    )
  }))

test('behind a proxy the throttle counts by the forwarded address', () =>
  onProgram([...demo, ...proxy], async (program) => {
    for (let attempt = 0; attempt < 10; attempt += 1) {
      assert.is(await statusFrom(program, '192.0.2.1', wrong), 401)
    }
    assert.is(await statusFrom(program, '192.0.2.1', demoRoot), 429)
    assert.is(await statusFrom(program, '192.0.2.2', demoRoot), 200)
  }))

test('after ten failures a login waits at that address, and works from every other', () =>
  onProgram(demo, async (program) => {
    const other = await createAccount(program, demoRoot)
    for (let attempt = 0; attempt < 10; attempt += 1) {
      assert.is((await curlFrom(program, '127.0.0.1', wrong)).status, 401)
    }
    const throttled = await curlFrom(program, '127.0.0.1', demoRoot)
    assert.is(throttled.status, 429)
    const retryAfter = Number(/^Retry-After: (\d+)\r$/im.exec(throttled.head)?.[1])
    assert.ok(retryAfter > 200 && retryAfter <= 300, `Retry-After: ${retryAfter}`)
    const byPassword = { ...demoRoot, token: demoRoot.password }
    assert.is((await curlFrom(program, '127.0.0.1', byPassword)).status, 429)

    assert.is((await curlFrom(program, '127.0.0.2', demoRoot)).status, 200)
    assert.is((await curlFrom(program, '127.0.0.2', byPassword)).status, 200)
    assert.is((await curlFrom(program, '127.0.0.1', other)).status, 200)
    assert.is((await curlFrom(program, '127.0.0.1', demoRoot)).status, 429)
  }))

test('with --throttle off no failure counts', () =>
  onProgram([...demo, '--throttle', 'off'], async (program) => {
    for (let attempt = 0; attempt < 15; attempt += 1) {
      assert.is(await statusFrom(program, '', wrong), 401)
    }
    assert.is(await statusFrom(program, '', demoRoot), 200)
    await untilLogged(program, '--throttle off')
  }))

/** Log lines wait for each other, a tenth of a second at most. */
async function untilLogged(program: Program, text: string): Promise<void> {
  const end = Date.now() + 30_000
  while (!program.stderr().includes(text)) {
    assert.ok(Date.now() < end, `${text} was not logged: ${program.stderr()}`)
    await new Promise((resume) => setTimeout(resume, 20))
  }
}

async function onProgram(
  args: readonly string[],
  run: (program: Program) => Promise<void>,
): Promise<void> {
  await inNewFolder(async (folder) => {
    const program = await startProgram(folder, args)
    await run(program).finally(() => program.kill())
  })
}

async function statusFrom(program: Program, chain: string, login: Login): Promise<number> {
  const headers = chain === '' ? {} : { 'X-Forwarded-For': chain }
  return (await send(program, login, 'GET', '/Accounts', undefined, headers)).status
}

type CurlReply = { readonly status: number; readonly head: string }

/** Asks from one of the addresses that the machine has for itself. */
async function curlFrom(program: Program, address: string, login: Login): Promise<CurlReply> {
  const { stdout: head } = await promisify(execFile)('curl', [
    ...['--silent', '--show-error', '--noproxy', '*', '--interface', address],
    ...['--dump-header', '-', '--output', '/dev/null'],
    ...['--user', `${login.sid}:${login.token}`, `${program.url}${base}/Accounts`],
  ])
  return { status: Number(/^HTTP\/1\.1 (\d+)/.exec(head)?.[1]), head }
}

/** Of the requests in the log, in their order. The program must have ended. */
function addressesIn(program: Program): readonly unknown[] {
  return program
    .stderr()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ method }) => method !== undefined)
    .map(({ address }) => address)
}

test.run()
