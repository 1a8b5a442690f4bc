import fc from 'fast-check'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Account } from '../../../lib/account.ts'
import { textFault } from '../../../lib/text.ts'
import { accountJson, accountXml } from '../../../serializers/restcomm/account.ts'
import {
  documentText,
  listText,
  type Media,
  type Resource,
} from '../../../serializers/restcomm/document.ts'

const example: Account = {
  sid: 'AC3b8f0dd2e5026abde018446cbb3b185d',
  parentSid: 'ACae6e420f425248d6a26948c17a9e2acf',
  organizationSid: 'ORafbe225ad37541eba518a74248f0ac4c',
  friendlyName: 'MySubAccount',
  email: 'test@telestax.com',
  status: 'active',
  ownStatus: 'active',
  realm: 'abcdef.sip.example.com',
  isReseller: false,
  resellerSid: 'ACae6e420f425248d6a26948c17a9e2acf',
  ancestors: ['ACae6e420f425248d6a26948c17a9e2acf'],
  descendantsCount: 0,
  revision: 1,
  document: {},
  role: 'Administrator',
  type: 'Full',
  createdAt: new Date('2013-10-16T15:22:28.708Z'),
  updatedAt: new Date('2013-10-16T15:22:28.712Z'),
  authToken: '53134d7a9914e2b47c8435ebdb50ded3',
}

test('the elements of an account stand in the documented order, with those of the code between', () => {
  const elements = [...texts(documentText(resource(example), 'xml')).keys()]
  const own = ['Sid', 'organization', 'FriendlyName', 'EmailAddress', 'Status', 'Role', 'Type']
  const rest = ['DateCreated', 'DateUpdated', 'AuthToken', 'Uri']
  assert.equal(elements.slice(0, 11), [...own, ...rest])
})

test('the keys of an account have an order of their own', () => {
  const keys = Object.keys(JSON.parse(documentText(resource(example), 'json')))
  const own = ['sid', 'organization', 'friendly_name', 'email_address', 'type', 'status', 'role']
  const rest = ['date_created', 'date_updated', 'auth_token', 'uri', 'subresource_uris']
  assert.equal(keys, [...own, ...rest])
})

test('what an account does not have is left out, and not written as empty or null', () => {
  const without = resource({ ...example, email: undefined, authToken: undefined })
  for (const media of ['xml', 'json'] as const) {
    const text = documentText(without, media)
    assert.is(/EmailAddress|email_address|AuthToken|auth_token|null/.test(text), false, media)
  }
})

test('the SID of the parent is in neither form', () => {
  for (const media of ['xml', 'json'] as const) {
    const text = documentText(resource(example), media)
    assert.is(text.includes(String(example.parentSid)), false, media)
  }
})

const markup = fc.constantFrom(...'&<>"\';#! ')
const unit = fc.oneof(markup, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
const friendlyName = fc
  .string({ unit, minLength: 1, maxLength: 64 })
  .filter((text) => textFault(text, 64) === undefined)

test('any name that is accepted survives a document and a list in either form', async () => {
  await fc.assert(
    fc.asyncProperty(friendlyName, async (name) => {
      const named = resource({ ...example, friendlyName: name })
      for (const xml of [documentText(named, 'xml'), await listOf(named, 'xml')]) {
        assert.is(texts(xml).get('FriendlyName'), name)
      }
      assert.is(JSON.parse(documentText(named, 'json')).friendly_name, name)
      assert.is(JSON.parse(await listOf(named, 'json'))[0].friendly_name, name)
    }),
    { numRuns: 500, examples: [[' padded '], ['\u00a0'], ['\ufb01 \u212b']] },
  )
})

function resource(account: Account): Resource {
  return {
    element: 'Account',
    xml: () => accountXml(account, 'documented'),
    json: () => accountJson(account, 'documented'),
  }
}

async function listOf(item: Resource, media: Media): Promise<string> {
  async function* pages() {
    yield [item]
  }
  let text = ''
  for await (const piece of listText('Account', pages(), media)) {
    text += piece
  }
  return text
}

/** The texts of the elements that have one, in order; saxes throws where the document is malformed. */
function texts(xml: string): ReadonlyMap<string, string> {
  const parser = new SaxesParser()
  const found = new Map<string, string>()
  let text = ''
  let isLeaf = false
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', () => {
    isLeaf = true
    text = ''
  })
  parser.on('text', (piece) => {
    text += piece
  })
  parser.on('closetag', ({ name }) => {
    if (isLeaf) {
      found.set(name, text)
    }
    isLeaf = false
  })
  parser.write(xml).close()
  return found
}

test.run()
