import fc from 'fast-check'
import { XMLBuilder } from 'fast-xml-parser'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import type { Account } from '../../lib/account.ts'
import { accountStatuses } from '../../lib/account-status.ts'
import { textFault } from '../../lib/text.ts'
import { accountXml } from '../../serializers/restcomm/account.ts'
import {
  withoutForbiddenCharacters,
  type XmlElements,
  xmlLine,
  xmlText,
} from '../../serializers/xml.ts'

test('elements stand in the order of the keys, two spaces further in at each level', () => {
  assert.is(
    xmlText({ Root: { Sid: 'two', organization: { inner: 'one' } } }),
    '<Root>\n  <Sid>two</Sid>\n  <organization>\n    <inner>one</inner>\n  </organization>\n</Root>',
  )
})

test('an element without text is written as empty, and an undefined one not at all', () => {
  assert.is(xmlText({ Root: { gone: undefined, Accounts: '' } }), '<Root>\n  <Accounts/>\n</Root>')
})

test('a list repeats its element', () => {
  assert.is(xmlText({ Root: { a: ['1', '2'] } }), '<Root>\n  <a>1</a>\n  <a>2</a>\n</Root>')
})

test('the one-line form has no space between its elements', () => {
  assert.is(xmlLine({ Root: { Message: 'a b' } }), '<Root><Message>a b</Message></Root>')
})

test('the five characters of the markup are written as entities', () => {
  assert.is(xmlText({ a: `& < > " '` }), '<a>&amp; &lt; &gt; &quot; &apos;</a>')
})

test('text that looks like markup stays text', () => {
  for (const text of ['<b/>', '&amp;', '&#0;', ']]>', '<![CDATA[x]]>', '<!-- x -->', '<?x?>']) {
    assert.is(textOf(xmlLine({ a: text })), text)
    assert.is(textOf(xmlText({ a: text })), text)
  }
})

test('text that looks like a number or a truth value is not rewritten', () => {
  for (const text of ['007', '1e3', '0x10', '1.0', 'true', 'null', '-0', ' padded ']) {
    assert.is(textOf(xmlText({ a: text })), text)
  }
})

test('any text that is accepted is read back by another parser as it was', () => {
  const markup = fc.constantFrom(...'&<>"\';#! ')
  const unit = fc.oneof(markup, fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
  const text = fc
    .string({ unit, minLength: 1, maxLength: 64 })
    .filter((candidate) => textFault(candidate, 64) === undefined)
  fc.assert(
    fc.property(text, (candidate) => {
      assert.is(textOf(xmlText({ Root: { a: candidate } })), candidate)
      assert.is(textOf(xmlLine({ Root: { a: candidate } })), candidate)
    }),
    { numRuns: 2000 },
  )
})

const options = { suppressEmptyNode: true, ignoreAttributes: true }
const indentedBuilder = new XMLBuilder({ ...options, format: true, indentBy: '  ' })
const lineBuilder = new XMLBuilder(options)

function assertAsBuilt(elements: XmlElements): void {
  const built = indentedBuilder.build(elements).trimEnd()
  assert.is(xmlText(elements), built)
  assert.is(xmlText(elements, '    '), built.replace(/^(?=<| )/gm, '    '))
  assert.is(xmlLine(elements), lineBuilder.build(elements))
}

/** Without a line break, behind which the builder's text could not be indented by a pattern. */
const characters = fc
  .string({
    unit: fc.oneof(fc.constantFrom(...'&<>"\';# ]'), fc.string({ unit: 'grapheme', maxLength: 1 })),
    maxLength: 12,
  })
  .filter((text) => !/[\n\r\u2028\u2029]/.test(text))

const sid = fc.stringMatching(/^AC[0-9a-f]{32}$/)
const date = fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true })
const accounts: fc.Arbitrary<Account> = fc.record({
  sid,
  parentSid: fc.option(sid, { nil: undefined }),
  organizationSid: sid,
  friendlyName: characters,
  email: fc.option(characters, { nil: undefined }),
  status: fc.constantFrom(...accountStatuses),
  ownStatus: fc.constantFrom(...accountStatuses),
  realm: characters,
  isReseller: fc.boolean(),
  resellerSid: sid,
  ancestors: fc.constant([]),
  descendantsCount: fc.nat(),
  revision: fc.nat(),
  document: fc.constant({}),
  role: characters,
  type: fc.constantFrom('Full', 'Trial'),
  createdAt: date,
  updatedAt: date,
  authToken: fc.option(characters, { nil: undefined }),
})

test('accounts are to the byte what the builder of fast-xml-parser makes of them', () => {
  fc.assert(
    fc.property(accounts, fc.constantFrom('documented', 'compat'), (account, face) => {
      assertAsBuilt({ RestcommResponse: { Account: accountXml(account, face) } })
    }),
    { numRuns: 1000 },
  )
})

test('so is any other content: lists, empty elements and what is left out, at any depth', () => {
  const name = fc.stringMatching(/^[a-zA-Z]{1,8}$/)
  const { elements } = fc.letrec<{ content: XmlElements[string]; elements: XmlElements }>(
    (tie) => ({
      content: fc.oneof(
        { depthSize: 'small' },
        characters,
        fc.constant(undefined),
        tie('elements'),
        fc.array(fc.oneof(characters, tie('elements')), { maxLength: 3 }),
      ),
      elements: fc.dictionary(name, tie('content'), { maxKeys: 4, noNullPrototype: true }),
    }),
  )
  fc.assert(fc.property(elements, assertAsBuilt), { numRuns: 1000 })
})

/** The text of element `a`, read by saxes, which throws where the document is malformed. */
function textOf(xml: string): string {
  const parser = new SaxesParser()
  let inside = false
  let found = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    inside = name === 'a'
  })
  parser.on('closetag', () => {
    inside = false
  })
  parser.on('text', (text) => {
    found += inside ? text : ''
  })
  parser.write(xml).close()
  return found
}

test('a character that XML has no place for gives way, and no other', () => {
  const forbidden = ['\u0000', '\u0008', '\u000b', '\u001f', '\ufffe', '\uffff', '\ud800']
  assert.is(withoutForbiddenCharacters(forbidden.join('')), '\ufffd'.repeat(forbidden.length))
  const allowed = 'a\t\n\r é<&>👍\ue000\ufffd'
  assert.is(withoutForbiddenCharacters(allowed), allowed)
})

test.run()
