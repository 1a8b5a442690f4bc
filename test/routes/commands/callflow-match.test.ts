import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { demo, refused, run, succeed } from '../../support/commands.ts'
import { ask, type Document, pathOf } from '../../support/crossbar.ts'
import { startProgram } from '../../support/start-process.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const root = {
  sid: 'ACae6e420f425248d6a26948c17a9e2acf',
  token: '77f8c12cc7b8f8423e5c38b035249166',
}

const folder = temporaryFolder()
test.after(() => folder.remove())

test('what a number reaches is drawn beside a running server', async () => {
  const server = await startProgram(folder.path, demo)
  try {
    const night = await callflow(server, { name: 'Night', numbers: ['9'], flow: step('voicemail') })
    const menu = {
      module: 'menu',
      data: { name: 'Main' },
      children: { 1: step('hangup'), _: { module: 'callflow', data: { id: night } } },
    }
    const desk = await callflow(server, { name: 'Desk', numbers: ['100'], flow: menu })
    const turned = await callflow(server, { name: 'Turned\u202e', patterns: ['^2(\\d+)$'] })
    const listed = await succeed(folder.path, ['callflow', 'match', root.sid, '100'])
    assert.is(
      listed.stdout,
      [
        '100 is taken as a listed number',
        `Desk (${desk})`,
        '└─ menu Main',
        '   ├─ 1 ─ hangup',
        `   └─ _ ─ callflow Night (${night})`,
        '      └─ → voicemail',
        '',
      ].join('\n'),
    )
    const fitting = await succeed(folder.path, ['callflow', 'match', root.sid.slice(2), '2345'])
    assert.match(fitting.stdout, /^2345 is taken by the pattern \^2\(\\d\+\)\$, capturing 345\n/)
    assert.ok(fitting.stdout.endsWith(`\nTurned\\u{202e} (${turned})\n`), fitting.stdout)
    const none = await run(folder.path, ['callflow', 'match', 'administrator@company.com', '7'])
    assert.equal([none.code, none.stdout], [1, `No callflow of ${root.sid} takes 7\n`])
  } finally {
    await server.kill()
  }
})

test('an account that is not there and a number that is none are refused in words', async () => {
  const unknown = await refused(folder.path, ['callflow', 'match', 'nobody@example.com', '1'])
  assert.match(unknown, /nobody@example\.com: there is no such account/)
  const empty = await refused(folder.path, ['callflow', 'match', root.sid, ''])
  assert.match(empty, /NUMBER: empty or too long/)
})

function step(module: string): Document {
  return { module, data: {} }
}

async function callflow(place: { readonly url: string }, data: Document): Promise<string> {
  const answer = await ask(place, root, 'PUT', pathOf(root, '/callflows'), { data })
  assert.is(answer.status, 201, answer.text)
  return String(answer.data.id)
}

test.run()
