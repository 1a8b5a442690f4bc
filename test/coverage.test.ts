import { readFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { test } from 'uvu'
import * as assert from 'uvu/assert'

const root = new URL('../', import.meta.url)

test('what the coverage leaves out holds types and nothing that runs', () => {
  const { exclude }: { exclude: string[] } = JSON.parse(
    readFileSync(new URL('.c8rc.json', root), 'utf8'),
  )
  for (const file of exclude) {
    const source = readFileSync(new URL(file, root), 'utf8')
    const running = stripTypeScriptTypes(source).replace(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')
    assert.is(running.replace(/[\s;]/g, ''), '', `${file} holds something that runs`)
  }
})

test.run()
