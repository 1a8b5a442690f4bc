import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { cases } from './cases.ts'
import { load } from './load.ts'
import { ours, startSubjects } from './subjects.ts'

test('all peers start, answer every request of the benchmarks as we do, and tell their figures', async () => {
  const folder = temporaryFolder()
  const subjects = await startSubjects(folder.path)
  for (const server of subjects.values()) {
    const [first] = cases
    const { cpuMicrosecondsPerRequest } = await load(server, first?.requests ?? [], 20)
    assert.ok(cpuMicrosecondsPerRequest > 0)
  }
  const profile = await subjects.get(ours)?.profile(async () => {})
  assert.ok((profile?.nodes.length ?? 0) > 0)
  await Promise.all([...subjects.values()].map((server) => server.stop()))
  await folder.remove()
})

test.run()
