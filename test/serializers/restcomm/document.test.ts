import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  documentText,
  errorText,
  listText,
  type Media,
  type Resource,
} from '../../../serializers/restcomm/document.ts'
import { xmlText } from '../../../serializers/xml.ts'

const media = ['xml', 'json'] as const

test('one resource stands in RestcommResponse, or by itself in JSON', () => {
  const one = resource('1')
  assert.is(
    documentText(one, 'xml'),
    '<RestcommResponse>\n  <Account>\n    <Sid>1</Sid>\n    <Links>\n      <Self>/1</Self>\n' +
      '    </Links>\n  </Account>\n</RestcommResponse>',
  )
  assert.is(documentText(one, 'json'), '{\n  "sid": "1",\n  "links": {\n    "self": "/1"\n  }\n}')
})

test('only the form that is asked for is made', () => {
  const never = () => {
    throw new Error('the other form was made')
  }
  documentText({ ...resource('1'), json: never }, 'xml')
  documentText({ ...resource('1'), xml: never }, 'json')
})

test('an error is written in one line', () => {
  const xml = '<RestcommResponse><Message>&lt;b&gt; &amp; c</Message></RestcommResponse>'
  assert.is(errorText('<b> & c', 'xml'), xml)
  assert.is(errorText('say "x"', 'json'), '{"message":"say \\"x\\""}')
})

test('a list without items is empty in either form, however many empty pages it has', async () => {
  for (const pages of [[], [[]], [[], []]]) {
    assert.is(await written(pages, 'xml'), '<RestcommResponse>\n  <Accounts/>\n</RestcommResponse>')
    assert.is(await written(pages, 'json'), '[]')
  }
})

test('a list of organizations is named for them', async () => {
  const pieces = listText('Organization', pagesOf([]), 'xml')
  const empty = '<RestcommResponse>\n  <Organizations/>\n</RestcommResponse>'
  assert.is(await joined(pieces), empty)
})

test('a list goes out a page at a time: nothing is read ahead of what is written', async () => {
  for (const type of media) {
    const asked: number[] = []
    async function* pages() {
      for (const page of [1, 2, 3]) {
        asked.push(page)
        yield [resource(String(page))]
      }
    }
    const pieces = listText('Account', pages(), type)
    for (const page of [1, 2, 3]) {
      const { value } = await pieces.next()
      assert.is(asked.at(-1), page)
      assert.ok(String(value).includes(`/${page}`), `page ${page} is not in its piece`)
    }
  }
})

test('however it is cut into pages, the pieces of a list make the whole', async () => {
  const pages = fc.array(fc.array(fc.string({ unit: 'grapheme-ascii' }), { maxLength: 4 }))
  await fc.assert(
    fc.asyncProperty(pages, async (texts) => {
      const resources = texts.map((page) => page.map(resource))
      for (const type of media) {
        assert.is(await written(resources, type), whole(resources.flat(), type))
      }
    }),
  )
})

function resource(sid: string): Resource {
  return {
    element: 'Account',
    xml: () => ({ Sid: sid, Links: { Self: `/${sid}` } }),
    json: () => ({ sid, links: { self: `/${sid}` } }),
  }
}

async function* pagesOf(pages: readonly (readonly Resource[])[]) {
  yield* pages
}

function written(pages: readonly (readonly Resource[])[], type: Media): Promise<string> {
  return joined(listText('Account', pagesOf(pages), type))
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) {
    text += piece
  }
  return text
}

/** The same list as one document, which is what clients see of it. */
function whole(resources: readonly Resource[], type: Media): string {
  if (type === 'json') {
    const items = resources.map((item) => item.json())
    return JSON.stringify(items, null, 2)
  }
  const accounts = resources.map((item) => item.xml())
  return xmlText({ RestcommResponse: { Accounts: accounts.length ? { Account: accounts } : '' } })
}

test.run()
