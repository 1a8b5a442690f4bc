import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { ask, codes, type Json, member, pathOf, session } from '../../support/crossbar.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('a document at the limits of what is stored is sent back as it was read', async () => {
  const full = [
    [(n: number) => ({ list: Array(n).fill(0) }), 5000],
    [(n: number) => ({ text: 'x'.repeat(n) }), 2 ** 20],
    [(n: number) => ({ text: 'é'.repeat(n), many: Array(2000).fill('') }), 2 ** 19],
    [(n: number) => ({ deep: nested(n) }), 600],
  ] as const
  for (const [contentsOf, tooMuch] of full) {
    const child = await member(app, app.root)
    const path = pathOf(child)
    const put = (n: number) => ask(app, app.root, 'PATCH', path, { data: contentsOf(n) })
    const most = await largest(1, tooMuch, async (n) => (await put(n)).status === 200)
    assert.is((await put(most)).status, 200)
    const known = await session(app, app.root.token)
    const read = await ask(app, known, 'GET', path)
    assert.is((await ask(app, known, 'POST', path, { raw: read.text })).status, 200, `${most}`)
    const again = await ask(app, app.root, 'GET', path)
    assert.equal(JSON.stringify(again.data), JSON.stringify(read.data))
    assert.ok([400, 413].includes((await put(most + 1)).status))
  }
})

test('a number whose digits would be lost is refused by its path, and the last that is kept is not', async () => {
  const { MAX_SAFE_INTEGER: most } = Number
  const child = await member(app, app.root)
  const path = pathOf(child)
  for (const kept of [String(most), String(-most), '1e15', '0.1', '1.5e-300', '-0.5']) {
    const raw = `{"data":{"deep":[{"number":${kept}}]}}`
    const answer = await ask(app, app.root, 'PATCH', path, { raw })
    assert.is(answer.status, 200, kept)
    assert.equal(answer.data.deep, [{ number: Number(kept) }])
  }
  for (const lost of [
    ...['9007199254740992', '9007199254740993', '-9007199254740993', '123456789012345678901'],
    ...['1e400', '-1e400', '1e16'],
  ]) {
    for (const [method, raw] of [
      ['PATCH', `{"data":{"deep":[{"number":${lost}}]}}`],
      ['POST', `{"data":{"name":"kept","deep":[{"number":${lost}}]}}`],
    ] as const) {
      const answer = await ask(app, app.root, method, path, { raw })
      assert.is(answer.status, 400, lost)
      assert.equal(codes(answer), { 'deep.0.number': ['invalid'] })
    }
  }
  assert.equal((await ask(app, app.root, 'GET', path)).data.deep, [{ number: -0.5 }])
})

/** The largest of `least` to `most` that passes, when all below it do. */
async function largest(
  least: number,
  most: number,
  passes: (n: number) => Promise<boolean>,
): Promise<number> {
  if (most - least <= 1) {
    return least
  }
  const middle = Math.floor((least + most) / 2)
  return (await passes(middle)) ? largest(middle, most, passes) : largest(least, middle, passes)
}

function nested(levels: number): Json {
  let value: Json = 'x'
  for (let level = 0; level < levels; level += 1) {
    value = [value]
  }
  return value
}

test.run()
