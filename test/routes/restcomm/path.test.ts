import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { parsePath } from '../../../routes/path.ts'
import { mediaOf, targetOf } from '../../../routes/restcomm/path.ts'

const sid = 'AC3b8f0dd2e5026abde018446cbb3b185d'

// restcomm.md 2: the suffix may stand behind any part of the path, and all of these are one request.
const spellings: readonly (readonly [path: string, segments: readonly string[]])[] = [
  ['/Accounts.json', ['Accounts']],
  ['/Accounts.json/', ['Accounts']],
  ['/Accounts/.json', ['Accounts']],
  [`/Accounts.json/${sid}`, ['Accounts', sid]],
  [`/Accounts/${sid}.json`, ['Accounts', sid]],
  [`/Accounts.json/${sid}.json`, ['Accounts', sid]],
  [`/Accounts.json/${sid}.json/`, ['Accounts', sid]],
  [`/Accounts.json/migrate/${sid}`, ['Accounts', 'migrate', sid]],
  ['/Organizations.json/example', ['Organizations', 'example']],
]

for (const [path, segments] of spellings) {
  test(`${path} asks for JSON of what stands there without the suffix`, () => {
    assert.equal(parsePath(path), { segments, asksForJson: true })
  })
}

test('a path without the suffix leaves the media type to the Accept header', () => {
  assert.equal(parsePath(`/Accounts/${sid}`), { segments: ['Accounts', sid], asksForJson: false })
})

test('a slash at the end changes nothing', () => {
  assert.equal(parsePath(`/Accounts/${sid}/`), parsePath(`/Accounts/${sid}`))
})

test('a part of a path is percent-decoded once', () => {
  assert.equal(parsePath('/Accounts/a%40b').segments, ['Accounts', 'a@b'])
  assert.equal(parsePath('/Accounts/a%2540b').segments, ['Accounts', 'a%40b'])
})

test('an encoded slash stays inside its part', () => {
  assert.equal(parsePath('/Accounts/a%2Fb@example.com').segments, ['Accounts', 'a/b@example.com'])
})

test('a plus sign in a path is a plus sign', () => {
  assert.equal(parsePath('/Accounts/a+b@example.com').segments, ['Accounts', 'a+b@example.com'])
})

for (const broken of ['/Accounts/%zz', '/Accounts/100%', '/Accounts/%ff', '/Accounts/%ED%A0%80']) {
  test(`${broken} has no parts that could be read, and is about no account`, () => {
    assert.is(parsePath(broken).segments, undefined)
    assert.is(targetOf(parsePath(broken)), undefined)
  })
}

test('of an e-mail that ends in .json the ending is cut, and only once', () => {
  assert.equal(targetOf(parsePath('/Accounts/bob@example.json')), { email: 'bob@example' })
  assert.equal(targetOf(parsePath('/Accounts/bob@example.json.json')), {
    email: 'bob@example.json',
  })
})

test('a .json in the middle of a part is kept, and asks for JSON all the same', () => {
  assert.equal(parsePath('/Accounts/bob@x.json.org'), {
    segments: ['Accounts', 'bob@x.json.org'],
    asksForJson: true,
  })
})

test('an account is named by its SID or its e-mail in any letter case, and by nothing else', () => {
  assert.equal(targetOf(parsePath(`/Accounts/${sid}`)), { sid })
  assert.equal(targetOf(parsePath('/Accounts/Bob@Example.COM')), { email: 'bob@example.com' })
  assert.is(targetOf(parsePath('/Accounts/Default Administrator Account')), undefined)
})

test('a migration is about the account behind the word, which by itself names none', () => {
  assert.equal(targetOf(parsePath(`/Accounts/migrate/${sid}`)), { sid })
  assert.is(targetOf(parsePath('/Accounts/migrate')), undefined)
})

test('what stands below other collections is about no account', () => {
  assert.is(targetOf(parsePath(`/Organizations/${sid}`)), undefined)
  assert.is(targetOf(parsePath(`/accounts/${sid}`)), undefined)
  assert.is(targetOf(parsePath('/Accounts')), undefined)
})

const browser = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

const accepts: readonly (readonly [accept: string, media: 'xml' | 'json' | undefined])[] = [
  ['', 'xml'],
  ['*/*', 'xml'],
  ['application/*', 'xml'],
  ['application/xml', 'xml'],
  [browser, 'xml'],
  ['application/json', 'json'],
  ['application/json, text/plain, */*', 'json'],
  ['application/xml, application/json;q=0.1', 'json'],
  ['application/problem+json', 'json'],
  ['text/html', undefined],
  ['image/png', undefined],
]

for (const [accept, media] of accepts) {
  test(`without the suffix, Accept ${accept || '(none)'} gives ${media ?? 'nothing'}`, () => {
    assert.is(mediaOf({ segments: ['Accounts'], asksForJson: false }, accept), media)
  })
}

test('with the suffix, Accept does not count', () => {
  for (const [accept] of accepts) {
    assert.is(mediaOf({ segments: ['Accounts'], asksForJson: true }, accept), 'json')
  }
})

test.run()
