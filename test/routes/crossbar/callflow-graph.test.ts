import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  ask,
  type Document,
  freshName,
  type Member,
  member,
  pathOf,
} from '../../support/crossbar.ts'
import { basic } from '../../support/restcomm.ts'
import { startApp, type TestApp } from '../../support/start-app.ts'

const svg = 'image/svg+xml'
const dot = 'text/vnd.graphviz'

let app: TestApp
test.before(async () => {
  app = await startApp()
})
test.after(() => app.stop())

test('a flow is drawn as a picture with its modules, its keys and the names of what it calls', async () => {
  const owner = await member(app, app.root)
  const night = await callflow(owner, { name: 'Night & <day>', numbers: ['2'] })
  const id = await callflow(owner, {
    numbers: ['1'],
    flow: {
      module: 'menu',
      data: { name: 'Main "menu"' },
      children: {
        1: { module: 'callflow', data: { id: night } },
        timeout: { module: 'hangup', data: {} },
      },
    },
  })
  const answer = await graph(owner, id, svg)
  assert.is(answer.status, 200)
  assert.is(answer.headers.get('content-type'), svg)
  assert.is(answer.headers.get('content-security-policy'), "default-src 'none'; sandbox")
  assert.match(answer.headers.get('vary') ?? '', /\bAccept\b/i)
  const texts = textsOf(await answer.text())
  for (const shown of ['menu', 'Main "menu"', '1', 'timeout', 'hangup', 'Night & <day>']) {
    assert.ok(texts.includes(shown), `${shown} is not among ${texts.join(' | ')}`)
  }
})

test('the same comes as text for Graphviz, which is what curl gets unasked', async () => {
  const owner = await member(app, app.root)
  const id = await callflow(owner, { numbers: ['1'], flow: { module: 'play', data: { id: 'x' } } })
  for (const accept of [dot, '*/*', `${svg};q=0.5, ${dot}`]) {
    const answer = await graph(owner, id, accept)
    assert.is(answer.headers.get('content-type'), dot, accept)
    assert.match(await answer.text(), /^digraph .*play.*\}\s*$/s)
  }
  const again = await graph(owner, id, `${dot};q=0.5, ${svg}`)
  assert.is(again.headers.get('content-type'), svg)
})

test('who takes neither is told which there are', async () => {
  const owner = await member(app, app.root)
  const id = await callflow(owner, { numbers: ['1'] })
  const answer = await graph(owner, id, 'application/json')
  assert.is(answer.status, 406)
  const body: Document = JSON.parse(await answer.text())
  assert.is(body.message, 'not_acceptable')
  assert.match(JSON.stringify(body.data), /text\/vnd\.graphviz and as image\/svg\+xml/)
})

test('a picture that has been seen is not drawn again for its receiver', async () => {
  const owner = await member(app, app.root)
  const id = await callflow(owner, { numbers: ['1'], name: freshName() })
  const first = await graph(owner, id, svg)
  const tag = first.headers.get('etag') ?? ''
  const again = await graph(owner, id, svg, { 'If-None-Match': tag })
  assert.is(again.status, 304)
  assert.is(await again.text(), '')
})

test('the graph of a callflow that is not there, or of another account, is 404', async () => {
  const owner = await member(app, app.root)
  const other = await member(app, app.root)
  const id = await callflow(other, { numbers: ['1'] })
  for (const asked of [id, owner.id, 'x']) {
    assert.is((await graph(owner, asked, svg)).status, 404)
  }
})

test('a picture of many steps is drawn while others are served', async () => {
  const owner = await member(app, app.root)
  const children = Object.fromEntries(
    Array.from({ length: 400 }, (_, key) => [key, { module: 'play', data: { id: `m${key}` } }]),
  )
  const id = await callflow(owner, { numbers: ['1'], flow: { module: 'menu', data: {}, children } })
  let drawn: Response | undefined
  const drawing = graph(owner, id, svg).then((answer) => {
    drawn = answer
  })
  let served = 0
  while (drawn === undefined) {
    assert.is((await ask(app, owner, 'GET', pathOf(owner))).status, 200)
    served += 1
  }
  await drawing
  assert.is(drawn.status, 200)
  assert.ok(served > 10, `only ${served} requests were served meanwhile`)
})

async function callflow(owner: Member, data: Document): Promise<string> {
  const answer = await ask(app, owner, 'PUT', pathOf(owner, '/callflows'), { data })
  assert.is(answer.status, 201, answer.text)
  return String(answer.data.id)
}

function graph(
  owner: Member,
  id: string,
  accept: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<Response> {
  return fetch(`${app.url}/v2${pathOf(owner, `/callflows/${id}/graph`)}`, {
    headers: { Authorization: basic(owner.sid, owner.token), Accept: accept, ...headers },
  })
}

/** The texts of a picture, which must be well-formed. */
function textsOf(picture: string): string[] {
  const texts: string[] = []
  const parser = new SaxesParser()
  let inside = false
  parser.on('opentag', ({ name }) => {
    inside = name === 'text'
  })
  parser.on('text', (text) => {
    if (inside) {
      texts.push(text.trim())
    }
  })
  parser.on('closetag', () => {
    inside = false
  })
  parser.write(picture).close()
  return texts
}

test.run()
