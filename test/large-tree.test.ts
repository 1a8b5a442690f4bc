import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { accountAt, growTree, shapeFrom, sizeOf } from '../fixtures/large-tree.ts'
import { basic } from './support/restcomm.ts'
import { runProgram, startProgram } from './support/start-process.ts'
import { temporaryFolder } from './support/temporary-folder.ts'

test('a shape says how many accounts stand where', () => {
  assert.equal(shapeFrom('2x3'), [{ times: 2, below: [{ times: 3 }] }])
  assert.is(sizeOf(shapeFrom('10x100x1000')), 10 + 1000 + 1_000_000)
  for (const wrong of ['', '2x', 'many']) {
    assert.throws(() => shapeFrom(wrong))
  }
})

test('a grown tree has no fault, and each of its accounts logs in and sees its own', async () => {
  const folder = temporaryFolder()
  const seen: number[] = []
  const shape = [{ times: 2, below: [{ times: 3 }, { times: 1, below: [{ times: 2 }] }] }]
  await growTree(folder.path, { shape, progress: (done) => seen.push(done) })
  assert.is(seen.at(-1), 14)
  const { code, stdout } = await runProgram(['check', '--data', folder.path])
  assert.is(code, 0, stdout)
  assert.match(stdout, /tree of 15 accounts/)
  const program = await startProgram(folder.path)
  const descendants = [14, 6, 0, 0, 0, 2, 0, 0, 6, 0, 0, 0, 2, 0, 0]
  for (const [index, count] of descendants.entries()) {
    const { sid, token } = accountAt(index)
    const path = `/v2/accounts/${sid.slice(2)}/descendants?paginate=false`
    const headers = { Authorization: basic(sid, token) }
    const response = await fetch(`${program.url}${path}`, { headers })
    assert.is((await response.text()).split('"id":"').length - 1, count, `${index}`)
  }
  await program.kill()
  await folder.remove()
})

test.run()
