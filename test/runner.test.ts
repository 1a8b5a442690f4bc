import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

// Each test file that the runner is tried on is written to a folder of its own, where `uvu` cannot
// be found by name.
const header = `
import { test } from '${import.meta.resolve('uvu')}'
import * as assert from '${import.meta.resolve('uvu/assert')}'
import { skipUnless } from '${import.meta.resolve('./support/skip.ts')}'
`
const passing = `test('passes', () => {})\n`

type Hole = {
  name: string
  file: string
  last: string
  says?: string
}

/** Every one of these passes, or hangs, under uvu alone or was close to it in our own runner. */
const holes: Hole[] = [
  {
    name: 'a file that forgets test.run()',
    file: passing,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'no test ran',
  },
  {
    name: 'a file without tests',
    file: 'test.run()',
    last: '0 passed, 1 failed, 0 skipped',
    says: 'no test ran',
  },
  {
    name: 'a file that cannot be loaded',
    file: `${passing} test.run(); throw new Error('broken file')`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'broken file',
  },
  {
    name: 'a before hook that throws',
    file: `test.before(() => { throw new Error('broken hook') }); ${passing} ${passing} test.run()`,
    last: '0 passed, 2 failed, 0 skipped',
    says: 'broken hook',
  },
  {
    name: 'a before.each hook that throws',
    file: `test.before.each(() => { throw new Error('broken hook') }); ${passing} test.run()`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'broken hook',
  },
  {
    name: 'an after.each hook that throws',
    file: `test.after.each(() => { throw new Error('broken hook') }); ${passing} ${passing} test.run()`,
    last: '0 passed, 2 failed, 0 skipped',
    says: 'broken hook',
  },
  {
    name: 'an after hook that throws',
    file: `test.after(() => { throw new Error('broken hook') }); ${passing} test.run()`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'broken hook',
  },
  {
    name: 'a test that throws something that is no Error',
    file: `test('text', () => { throw 'text' }); ${passing} test.run()`,
    last: '0 passed, 2 failed, 0 skipped',
    says: 'no Error',
  },
  {
    name: 'a focused test that hides a failing one',
    file: `test.only('focused', () => {}); test('fails', () => assert.ok(false)); test.run()`,
    last: '1 passed, 2 failed, 1 skipped',
    says: 'test.only hides the other tests: focused',
  },
  {
    name: 'a focused test that is alone in its file',
    file: `test.only('focused', () => {}); test.run()`,
    last: '1 passed, 1 failed, 0 skipped',
    says: 'test.only hides the other tests: focused',
  },
  {
    name: 'a test skipped without a reason',
    file: `${passing} test.skip('skipped', () => {}); test.run()`,
    last: '1 passed, 1 failed, 1 skipped',
    says: 'use skipUnless',
  },
  {
    name: 'an unhandled rejection',
    file: `test('rejects', () => { Promise.reject(new Error('unheard')) }); test.run()`,
    last: '1 passed, 1 failed, 0 skipped',
    says: 'unheard',
  },
  {
    name: 'an uncaught exception',
    file: `
      test('throws later', async () => {
        setImmediate(() => { throw new Error('unheard') })
        await new Promise((resolve) => setTimeout(resolve, 20))
      })
      test.run()`,
    last: '1 passed, 1 failed, 0 skipped',
    says: 'unheard',
  },
  {
    name: 'a test that ends the process',
    file: `test('exits', () => process.exit(0)); test.run()`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'the process ended early',
  },
  {
    name: 'a test that waits for a promise that nothing settles',
    file: `test('waits', () => new Promise(() => {})); test.run()`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'the process ended early',
  },
  {
    name: 'a file that waits for a promise that nothing settles',
    file: `${passing} test.run(); await new Promise(() => {})`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'the process ended early',
  },
  {
    name: 'a test that never ends while a timer runs',
    file: `test('waits', () => new Promise(() => { setInterval(() => {}, 10) })); test.run()`,
    last: '0 passed, 1 failed, 0 skipped',
    says: 'did not end within 3000 ms',
  },
  {
    name: 'a failing assertion',
    file: `${passing} test('fails', () => assert.is('one', 'two')); test.run()`,
    last: '1 passed, 1 failed, 0 skipped',
    says: '++two',
  },
]

for (const { name, file, last, says = '' } of holes) {
  test(`the runner fails on ${name}`, async () => {
    const { code, output } = await runOn({ 'hole.test.ts': file })
    assert.is(code, 1)
    assert.is(output.trimEnd().split('\n').at(-1), last)
    assert.ok(output.includes(says), output)
  })
}

test('the runner fails when no file matches', async () => {
  const { code, output } = await runOn({ 'one.test.ts': `${passing} test.run()` }, ['two'])
  assert.is(code, 1)
  assert.match(output, /no test file in .* matches: two\n0 passed, 1 failed, 0 skipped\n$/)
})

test('the runner does not wait for a forgotten timer', async () => {
  const file = `test('forgets', () => { setInterval(() => {}, 1000) }); test.run()`
  const { code, output } = await runOn({ 'one.test.ts': file })
  assert.is(code, 0)
  assert.match(output, /\n1 passed, 0 failed, 0 skipped\n$/)
})

test('the runner counts a test that says why it is skipped, and passes', async () => {
  const file = `
    test('needs a moon', skipUnless(false, 'no moon', () => assert.ok(false)))
    test('needs a sun', skipUnless(true, 'no sun', () => {}))
    test.run()`
  const { code, output } = await runOn({ 'one.test.ts': file })
  assert.is(code, 0)
  assert.match(output, /skipped: needs a moon: no moon\n/)
  assert.match(output, /\n1 passed, 0 failed, 1 skipped\n$/)
})

test('the runner takes the files that contain any of its words, in order', async () => {
  const file = `${passing} test.run()`
  const files = { 'c-tree.test.ts': file, 'b.test.ts': file, 'a-leaf.test.ts': file, 'tree.ts': '' }
  const { code, output } = await runOn(files, ['tree', 'leaf'])
  assert.is(code, 0)
  assert.equal(output.match(/[a-z-]+\.test\.ts/g), ['a-leaf.test.ts', 'c-tree.test.ts'])
  assert.match(output, /\n2 passed, 0 failed, 0 skipped\n$/)
})

test('the runner goes on after a broken file and adds up', async () => {
  const files = { 'a.test.ts': 'test.run()', 'b.test.ts': `${passing} test.run()` }
  const { code, output } = await runOn(files)
  assert.is(code, 1)
  assert.match(output, /\n1 passed, 1 failed, 0 skipped\n$/)
})

async function runOn(files: Record<string, string>, words: string[] = []) {
  const folder = await mkdtemp(join(tmpdir(), 'strowger-runner-'))
  for (const [name, source] of Object.entries(files)) {
    await writeFile(join(folder, name), header + source)
  }
  const runner = join(import.meta.dirname, 'run.ts')
  const child = spawn(process.execPath, [runner, '--dir', folder, ...words], {
    env: { ...process.env, NO_COLOR: '1', TEST_TIMEOUT_MS: '3000' },
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: 60_000,
  })
  const closed = new Promise((resolve) => child.on('close', resolve))
  const output = await text(child.stdout)
  const code = await closed
  await rm(folder, { recursive: true })
  return { code, output }
}

test.run()
