import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  compilePattern,
  createPatternCache,
  maxPatternLength,
  maxPatternSize,
} from '../../../lib/callflows/patterns.ts'
import { cpuMsOf } from '../../support/cpu-time.ts'

const searches: [pattern: string, number: string, text: string, groups: unknown[]][] = [
  ['^\\*97([0-9]*)$', '*97123', '*97123', ['123']],
  ['^\\*97([0-9]*)$', '*97', '*97', ['']],
  ['2[0-9]', '12345', '23', []],
  ['^(\\+1)?([2-9][0-9]{9})$', '4155550100', '4155550100', [undefined, '4155550100']],
  ['1|12', '123', '1', []],
  ['(?i)^help$', 'HELP', 'HELP', []],
  ['^.$', '😀', '😀', []],
  ['a*', 'b', '', []],
]
for (const [pattern, number, text, groups] of searches) {
  test(`${pattern} finds ${JSON.stringify(text)} in ${number}`, () => {
    const found = compilePattern(pattern)?.search(number)
    assert.is(found?.text, text)
    assert.equal(found?.groups, groups)
  })
}

test('a pattern that does not fit finds nothing', () => {
  assert.is(compilePattern('^2[0-9]$')?.search('123'), undefined)
})

test('groups with a name are given by it, those that took part', () => {
  const found = compilePattern('^(?P<area>0[0-9]+)-(?<rest>[0-9]+)|(?<other>x)$')?.search('030-123')
  assert.equal(found?.names, { area: '030', rest: '123' })
})

const refused: [pattern: string, why: string][] = [
  ['(a)\\1', 'a back-reference'],
  ['(?P<a>x)(?P=a)', 'a named back-reference'],
  ['(?=a)b', 'look-ahead'],
  ['(?!a)b', 'negative look-ahead'],
  ['(?<=a)b', 'look-behind'],
  ['(?<!a)b', 'negative look-behind'],
  ['(?>a)', 'an atomic group'],
  ['a++', 'possessive repetition'],
  ['(', 'an open group'],
  [')', 'a group closed twice'],
  ['[a', 'an open class'],
  ['*', 'a repetition of nothing'],
  ['a{2,1}', 'a repetition from many to few'],
  ['a\ud800', 'half a surrogate pair'],
  ['(a{1000}){1000}', 'a nested repetition'],
  ['((a{10}){10}){100}', 'a repetition nested thrice'],
  ['a{999}'.repeat(170), 'repetitions in a row'],
  [`(?:${'a'.repeat(900)}){1000}`, 'a long text repeated'],
  [`(?:[^]a{]{999}x){999}`, 'a class with a bracket and a brace'],
  [`(?:\\Q(\\E{500}){500}`, 'a quoted bracket'],
  [`${'(?:a?){999}'.repeat(90)}`, 'repetitions of what may be missing'],
  ['a{0,1000}', 'a thousand times or less'],
  ['a'.repeat(maxPatternLength + 1), 'one character too many'],
  [`${'('.repeat(1000)}`, 'a thousand open groups'],
]
for (const [pattern, why] of refused) {
  test(`${why} does not compile, and that is found out quickly`, () => {
    const ms = cpuMsOf(() => assert.is(compilePattern(pattern), undefined))
    assert.ok(ms < 500, `${ms} ms`)
  })
}

const accepted: [pattern: string, why: string][] = [
  ['a'.repeat(maxPatternLength), 'the longest text'],
  ['😀'.repeat(maxPatternLength), 'the longest text, counted in code points'],
  ['a?'.repeat(maxPatternLength / 2), 'the most repetitions without a count'],
  ['(a)'.repeat(341), 'the most groups'],
  ['^[0-9]{1000}$', 'the largest count'],
  ['^(?:\\+?1)?([2-9][0-9]{2}[2-9][0-9]{6})$', 'a North American number'],
  ['[0-9]{3}-[0-9]{4}|[0-9]{10}|\\*[0-9]{2,5}', 'counts in a row'],
  ['^\\*7(?:[(]|[)])$', 'brackets in classes'],
]
for (const [pattern, why] of accepted) {
  test(`${why} compiles`, () => {
    const size = compilePattern(pattern)?.size ?? 0
    assert.ok(size > 0 && size <= maxPatternSize, String(size))
  })
}

const evil = ['(a+)+$', '(a|aa)+$', '(a*)*b', '^(([a-z])+.)+[A-Z]([a-z])+$', '(?:a?){300}a{300}']
for (const pattern of evil) {
  test(`${pattern} is run in time linear in the number`, () => {
    const compiled = compilePattern(pattern)
    assert.ok(compiled !== undefined)
    const ms = cpuMsOf(() => {
      for (const length of [30, 128, 5000]) {
        compiled.search(`${'a'.repeat(length)}!`)
      }
    })
    assert.ok(ms < 2000, `${ms} ms`)
  })
}

const piece = fc.constantFrom(
  ...['a', '1', '\\d', '.', '[^b]', '[]x]', '\\pL', '\\Q(\\E', '(', '(?:', ')', '|', '?', '*'],
  ...['{2}', '{9,}', '{0,99}', '{1000}', '[[:digit:]{]', '\\(', '\\x{41}', '^', '$'],
)

test('whatever compiles is small, and nothing takes long', () => {
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const ms = cpuMsOf(() => {
        const size = compilePattern(pieces.join(''))?.size ?? 0
        assert.ok(size <= maxPatternSize)
      })
      assert.ok(ms < 1000, pieces.join(''))
    }),
    { numRuns: 2000 },
  )
})

test('what the engine finds is what JavaScript finds, for patterns both know', () => {
  const simple = fc.constantFrom('a', '1', '[0-9]', '.', '(a)', '(1|a1)', 'b?', '1*', '(a)?', '|')
  fc.assert(
    fc.property(
      fc.array(simple, { maxLength: 6 }),
      fc.stringMatching(/^[ab12]{0,8}$/),
      (all, number) => {
        const pattern = all.join('')
        const expected = new RegExp(pattern).exec(number)
        const found = compilePattern(pattern)?.search(number)
        assert.is(found?.text, expected?.[0])
        assert.equal(found?.groups, expected?.slice(1))
      },
    ),
  )
})

test('a cache gives the same pattern again, and forgets in time', () => {
  const compile = createPatternCache()
  const first = compile('^1$')
  assert.is(compile('^1$'), first)
  assert.is(compile('('), undefined)
  for (let count = 0; count < 300; count += 1) {
    compile(`a{1000}${count}`)
  }
  assert.ok(compile('^1$') !== first)
})

test.run()
