import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { demo, makeDemo, refused } from '../../support/commands.ts'
import { ask, member, pathOf } from '../../support/crossbar.ts'
import { createAccount, send } from '../../support/restcomm.ts'
import { demoRoot, inNewFolder, spawnProgram, startProgram } from '../../support/start-process.ts'
import { type EventBody, waitFor } from '../../support/webhook-receiver.ts'

test('events are printed as they are committed, of all accounts or of a branch', () =>
  inNewFolder(async (folder) => {
    const program = await startProgram(folder, demo)
    const [top, other] = [
      await createAccount(program, demoRoot),
      await createAccount(program, demoRoot),
    ]
    const words = ['events', 'tail', '--data', folder]
    const all = spawnProgram(words)
    const branch = spawnProgram([...words, '--account', top.sid])
    const linesOf = (tail: typeof all) => tail.stdout().split('\n').slice(0, -1)
    // A tail has no past: what comes before it looks for the first time is not printed.
    await waitFor(async () => {
      for (const { sid } of [top, other]) {
        await send(program, demoRoot, 'PUT', `/Accounts/${sid}`, { Status: 'active' })
      }
      return [all, branch].every((tail) => linesOf(tail).length > 0) || undefined
    })
    const low = await member(program, top)
    const flow = { data: { numbers: ['100'], flow: { module: 'play', data: { id: 'x' } } } }
    assert.is((await ask(program, top, 'PUT', pathOf(low, '/callflows'), flow)).status, 201)
    await send(program, demoRoot, 'PUT', `/Accounts/${other.sid}`, { Status: 'closed' })
    const eventsOf = (tail: typeof all): readonly EventBody[] =>
      linesOf(tail).map((line) => JSON.parse(line))
    await waitFor(() => eventsOf(all).at(-1)?.type === 'account.close' || undefined)
    await waitFor(() => eventsOf(branch).at(-1)?.type === 'callflow.create' || undefined)
    const told = (events: readonly EventBody[]) =>
      events.slice(-3).map(({ type, data }) => `${type} ${data.account_sid}`)
    const made = [`account.create ${low.sid}`, `callflow.create ${low.sid}`]
    assert.equal(told(eventsOf(all)), [...made, `account.close ${other.sid}`])
    assert.equal(told(eventsOf(branch)).slice(-2), made)
    assert.ok(eventsOf(branch).every(({ data }) => data.account_sid !== other.sid))
    for (const tail of [all, branch]) {
      const { code, stderr } = await tail.kill()
      assert.equal([code, stderr], [0, `data folder ${folder}\n`])
    }
    await program.kill()
  }))

test('a folder without a database and an unknown account are refused', () =>
  inNewFolder(async (folder) => {
    const words = ['events', 'tail']
    assert.match(await refused(folder, words), `strowger: ${folder} has no database\n`)
    await makeDemo(folder)
    const sid = `AC${'0'.repeat(32)}`
    const unknown = await refused(folder, [...words, '--account', sid])
    assert.match(unknown, `strowger: --account: there is no account ${sid}\n`)
  }))

test.run()
