import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { hasXmllint, xmllintFaults } from './support/answers.ts'
import { createAccount } from './support/restcomm.ts'
import { skipUnless } from './support/skip.ts'
import { startApp } from './support/start-app.ts'

// Every XML answer of the suite is read by xmllint when the app of its test is stopped.

const reason = 'no xmllint: the XML of the suite is read by saxes alone'

test(
  'xmllint reads what an app has answered in XML, whoever asked',
  skipUnless(hasXmllint, reason, async () => {
    const app = await startApp()
    const { sid } = await createAccount(app, app.root, { FriendlyName: `<&>"' \u{1F600}` })
    const ask = async (path: string) => (await fetch(`${app.url}/2012-04-24${path}`)).text()
    const refusal = await ask(`/Accounts/${sid}`)
    assert.match(refusal, '<RestcommResponse>')
    assert.ok(app.answers.xml.has(refusal))
    assert.ok(app.answers.refusals.has(refusal))
    await app.stop()
  }),
)

test(
  'what is no XML is found among what is',
  skipUnless(hasXmllint, reason, async () => {
    const good = Array.from({ length: 600 }, (_, index) => `<a>${index}</a>`)
    assert.is(await xmllintFaults(good), '')
    for (const bad of ['<a>', '<a>\u0001</a>', '<a b=c/>', '<a>&x;</a>', '<a/><b/>']) {
      assert.match(await xmllintFaults([...good, bad]), '600.xml', bad)
    }
  }),
)

test.run()
