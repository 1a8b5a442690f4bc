import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { SaxesParser } from 'saxes'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type AccountJson, createAccount, type Reply, send } from '../../support/restcomm.ts'
import { type Login, startApp, type TestApp } from '../../support/start-app.ts'

const fixtures = join(import.meta.dirname, '../../../fixtures/wire/restcomm')
const media = ['xml', 'json'] as const

const start = Date.UTC(2013, 9, 6, 9, 22, 28, 708)
const second = 1000
const name = `Anna & <Söhne> "GmbH" '24`
const password = 'correct horse'

/** The moments of the test as each face writes them. */
const faces = [
  {
    compat: undefined,
    begun: '2013-10-06T09:22:28.708+00:00',
    created: '2013-10-06T09:22:29.708+00:00',
    updated: '2013-10-06T09:22:30.708+00:00',
  },
  {
    compat: 'restcomm',
    begun: 'Sun, 6 Oct 2013 09:22:28 +0000',
    created: 'Sun, 6 Oct 2013 09:22:29 +0000',
    updated: 'Sun, 6 Oct 2013 09:22:30 +0000',
  },
] as const

for (const { compat, begun, created, updated } of faces) {
  const title = compat === undefined ? 'by default' : `with --compat ${compat}`

  test(`an account is written to the byte, ${title}`, async () => {
    await withTree({ compat }, async ({ app, anna }) => {
      const values = { ...anna, created, updated, organization: organizationOf(anna) }
      for (const type of media) {
        const reply = await get(app, `/Accounts/${anna.sid}`, type)
        assert.fixture(reply.text, fixture(`account.${type}`, values))
      }
    })
  })

  test(`a list of accounts is written to the byte, ${title}`, async () => {
    await withTree({ compat }, async ({ app, anna, other }) => {
      const values = {
        organization: organizationOf(anna),
        ...prefixed('first', { ...anna, created, updated }),
        ...prefixed('second', { ...other, created: updated, updated }),
      }
      for (const type of media) {
        const reply = await get(app, '/Accounts', type)
        assert.fixture(reply.text, fixture(`accounts.${type}`, values))
      }
    })
  })

  test(`an empty list is written to the byte, ${title}`, async () => {
    await withTree({ compat }, async ({ app, anna }) => {
      for (const type of media) {
        const reply = await get(app, '/Accounts', type, anna)
        assert.fixture(reply.text, fixture(`no-accounts.${type}`, {}))
      }
    })
  })

  test(`organizations are written to the byte, ${title}`, async () => {
    await withTree({ compat }, async ({ app, anna, organization }) => {
      const own = { sid: organization, created: updated, updated }
      const first = { sid: organizationOf(anna), created: begun, updated: begun }
      for (const type of media) {
        const one = await get(app, `/Organizations/${organization}`, type)
        assert.fixture(one.text, fixture(`organization.${type}`, own))
        const all = await get(app, '/Organizations', type)
        const values = { ...prefixed('first', first), ...prefixed('second', own) }
        assert.fixture(all.text, fixture(`organizations.${type}`, values))
      }
    })
  })

  test(`an error is written to the byte, ${title}`, async () => {
    await withTree({ compat }, async ({ app, anna }) => {
      const path = `/Accounts/${anna.sid}`
      const weak = { Password: '1234' }
      const inXml = await send(app, app.root, 'PUT', path, weak, accept('xml'))
      assert.fixture(inXml.text, fixture('error.xml', {}))
      const inJson = await send(app, app.root, 'PUT', path, weak, accept('json'))
      assert.is(inJson.text, '{"message":"Password too weak"}')
    })
  })
}

test('the answers to a create, an update and a migration are those to a read', async () => {
  await withTree({}, async ({ app, anna }) => {
    for (const type of media) {
      const path = `/Accounts/${anna.sid}`
      const changed = await send(app, app.root, 'PUT', path, {}, accept(type))
      assert.is(changed.text, (await get(app, path, type)).text)
    }
    const moved = await send(app, app.root, 'POST', `/Accounts/migrate/${anna.sid}`, {
      Organization: 'example',
    })
    assert.is(moved.text, (await get(app, `/Accounts/${anna.sid}`, 'xml')).text)
    const created = await createAccount(app, app.root)
    assert.equal(
      JSON.parse((await get(app, `/Accounts/${created.sid}`, 'json')).text),
      created.account,
    )
  })
})

test('a name comes back as it was given, from both forms', async () => {
  await withTree({}, async ({ app, anna }) => {
    const xml = await get(app, `/Accounts/${anna.sid}`, 'xml')
    assert.is(elementOf(xml.text, 'FriendlyName'), name)
    const json = await get(app, `/Accounts/${anna.sid}`, 'json')
    assert.is(JSON.parse(json.text).friendly_name, name)
  })
})

test('every value of an account in JSON is a text', async () => {
  await withTree({}, async ({ app, anna }) => {
    const { subresource_uris: links, ...own } = anna.account
    assert.is(Object.keys(links).length, 10)
    for (const value of [...Object.values(own), ...Object.values(links)]) {
      assert.type(value, 'string')
    }
    assert.is((await get(app, `/Accounts/${anna.sid}`, 'json')).text.includes('null'), false)
  })
})

test('an account has the same URI under either prefix and by either of its names', async () => {
  await withTree({}, async ({ app, anna }) => {
    const { text } = await get(app, `/Accounts/${anna.sid}`, 'xml')
    assert.is(elementOf(text, 'Uri'), `/2012-04-24/Accounts/${anna.sid}`)
    assert.is((await get(app, `/Accounts/${anna.email}`, 'xml')).text, text)
  })
})

test('nothing in an answer is built from the Host header', async () => {
  await withTree({}, async ({ app, anna }) => {
    const host = { Host: 'evil.example', 'X-Forwarded-Host': 'evil.example' }
    const reply = await send(app, anna, 'GET', '/Accounts', undefined, host)
    const all = [...reply.headers.values()].join() + reply.text
    assert.is(all.includes('evil'), false)
  })
})

for (const compat of [undefined, 'restcomm'] as const) {
  test(`no answer holds what is kept inside, compat ${compat ?? 'none'}`, async () => {
    await withTree({ compat }, async ({ app, anna }) => {
      const [record] = await app.store.findAccounts([{ sid: anna.sid }])
      assert.ok(record?.passwordHash)
      const hidden = [
        app.root.sid,
        app.root.token,
        password,
        record.passwordHash,
        record.realm,
        ...[record.token.sealed, record.token.digest].flatMap((bytes) => [
          Buffer.from(bytes).toString('hex'),
          Buffer.from(bytes).toString('base64'),
        ]),
      ]
      for (const path of [`/Accounts/${anna.sid}`, '/Accounts', '/Accounts/nobody', '/Nowhere']) {
        for (const type of media) {
          const { text, headers } = await get(app, path, type)
          const found = hidden.filter((value) => `${text}${[...headers]}`.includes(value))
          assert.equal(found, [], path)
        }
      }
    })
  })
}

type Tree = {
  readonly app: TestApp
  readonly anna: Login & { readonly account: AccountJson }
  readonly other: Login
  /** Its SID. */
  readonly organization: string
}

/** A root with two sub-accounts and a second organization, made a second apart by a clock of our own. */
async function withTree(
  config: { readonly compat?: 'restcomm' | undefined },
  run: (tree: Tree) => Promise<void>,
): Promise<void> {
  let now = start
  const app = await startApp({ config, now: () => now })
  try {
    now += second
    const anna = await createAccount(app, app.root, {
      EmailAddress: 'Anna@Example.com',
      Password: password,
    })
    now += second
    await send(app, app.root, 'PUT', `/Accounts/${anna.sid}`, { FriendlyName: name })
    const other = await createAccount(app, app.root, {
      EmailAddress: 'second@example.com',
      Status: 'suspended',
      Role: 'Developer',
    })
    const organization = await send(app, app.root, 'PUT', '/Organizations.json/example')
    await run({ app, anna, other, organization: JSON.parse(organization.text).sid })
  } finally {
    await app.stop()
  }
}

function get(
  app: TestApp,
  path: string,
  type: 'xml' | 'json',
  login: Login = app.root,
): Promise<Reply> {
  return send(app, login, 'GET', path, undefined, accept(type))
}

function accept(type: 'xml' | 'json') {
  return { Accept: `application/${type}` }
}

function organizationOf({ account }: Tree['anna']): string {
  return account.organization
}

/** A whole expected answer; the newline at the end of the file is not part of it. */
function fixture(file: string, values: Readonly<Record<string, unknown>>): string {
  const text = readFileSync(join(fixtures, file), 'utf8').replace(/\n$/, '')
  return text.replace(/\{([a-z.]+)\}/g, (_, key) => {
    assert.ok(key in values, `no value for ${key}`)
    return String(values[key])
  })
}

function prefixed(prefix: string, values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]),
  )
}

/** The text of the one element of that name, read by another parser than the one that wrote it. */
function elementOf(xml: string, element: string): string {
  const parser = new SaxesParser()
  const texts: string[] = []
  let open = ''
  parser.on('opentag', (tag) => {
    open = tag.name
  })
  parser.on('text', (text) => {
    if (open === element && text.trim() !== '') {
      texts.push(text)
    }
  })
  parser.write(xml).close()
  assert.is(texts.length, 1, `${element} stands ${texts.length} times`)
  return texts.join('')
}

test.run()
