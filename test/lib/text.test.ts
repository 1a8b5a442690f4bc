import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { checkedText, textFault } from '../../lib/text.ts'
import { refusalOf } from '../support/refusals.ts'

test('a text of any script passes as it is', () => {
  for (const text of [
    '',
    'Jane Doe',
    'Ελληνικά',
    'שלום',
    '日本語',
    'a\u0301',
    '👩‍👩‍👧',
    '<b>&"',
    '\ufffd',
  ]) {
    assert.is(checkedText('friendlyName', text, 64), text)
  }
})

test('a text with a control, a line break or a noncharacter of XML is refused', () => {
  const controls = [...Array(0x20).keys(), ...Array.from({ length: 0x21 }, (_, at) => 0x7f + at)]
  for (const code of [...controls, 0x2028, 0x2029, 0xfffe, 0xffff]) {
    const text = `a${String.fromCharCode(code)}b`
    assert.equal(textFault(text, 64), { rule: 'characters' }, `U+${code.toString(16)}`)
  }
})

test('a text with half of a surrogate pair is refused', () => {
  for (const text of ['\ud800', 'a\udc00b', '\udc00\ud800', '👍\ud83d']) {
    assert.equal(textFault(text, 64), { rule: 'characters' })
  }
})

test('length is counted in code points', () => {
  assert.is(textFault('👍'.repeat(64), 64), undefined)
  assert.equal(textFault('👍'.repeat(65), 64), { rule: 'tooLong', limit: 64, unit: 'characters' })
  assert.is(textFault('x'.repeat(64), 64), undefined)
  assert.equal(textFault('x'.repeat(65), 64), { rule: 'tooLong', limit: 64, unit: 'characters' })
})

test('a refusal names the field and the fault', () => {
  assert.equal(
    refusalOf(() => checkedText('friendlyName', 'ab', 1)),
    {
      kind: 'invalid',
      field: 'friendlyName',
      fault: { rule: 'tooLong', limit: 1, unit: 'characters' },
    },
  )
})

test('any text passes exactly when all of its characters may stand in one line of XML', () => {
  const units = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 8 })
  fc.assert(
    fc.property(units, (codes) => {
      const text = String.fromCharCode(...codes)
      const isPlain = [...text].every((character) => isOrdinary(character.codePointAt(0) ?? 0))
      assert.is(textFault(text, 64) === undefined, isPlain)
    }),
    { numRuns: 2000 },
  )
})

function isOrdinary(code: number): boolean {
  const isControl = code < 0x20 || (code >= 0x7f && code <= 0x9f)
  const isSurrogate = code >= 0xd800 && code <= 0xdfff
  return !isControl && !isSurrogate && ![0x2028, 0x2029, 0xfffe, 0xffff].includes(code)
}

test.run()
