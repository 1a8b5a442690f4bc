import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { root } from './support/sources.ts'

type Locked = {
  readonly version: string
  readonly integrity?: string
  readonly dev?: boolean
  readonly hasInstallScript?: boolean
}

type Package = {
  readonly dependencies: Readonly<Record<string, string>>
  readonly allowScripts: Readonly<Record<string, boolean>>
}

const readJson = (file: string) => JSON.parse(readFileSync(join(root, file), 'utf8'))
const described: Package = readJson('package.json')
const lock: { readonly packages: Readonly<Record<string, Locked>> } = readJson('package-lock.json')
const locked = Object.entries(lock.packages).filter(([path]) => path !== '')

test('every package is pinned to one version and to its bytes', () => {
  const loose = locked.filter(
    ([, { version, integrity = '' }]) =>
      !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version) || !/^sha512-[\w+/]{86}==$/.test(integrity),
  )
  assert.ok(locked.length > 100)
  assert.equal(loose, [])
})

test('what runs in the server is few', () => {
  assert.ok(Object.keys(described.dependencies).length <= 14)
  const running = locked.filter(([, { dev }]) => dev !== true)
  assert.ok(running.length <= 120, `${running.length} packages`)
})

test('only bcrypt and node run anything when they are installed, and the rest is named as silent', () => {
  const { allowScripts } = described
  const withScripts = locked
    .filter(([, { hasInstallScript }]) => hasInstallScript)
    .map(([path]) => path.replace(/^.*node_modules\//, ''))
  assert.equal(withScripts.sort(), Object.keys(allowScripts).sort())
  const allowed = Object.keys(allowScripts).filter((name) => allowScripts[name])
  assert.equal(allowed.sort(), ['bcrypt', 'node'])
})

test('a published fault of a package fails the gate, and a registry that knows of none does not', () => {
  const report = (total: number, faults: object) =>
    JSON.stringify({ vulnerabilities: faults, metadata: { vulnerabilities: { total } } })
  for (const [input, status, says] of [
    [report(0, {}), 0, /^npm audit: 0 packages/],
    [report(1, { koa: { severity: 'high' } }), 1, /^npm audit: 1 packages.*\n {2}koa: high\n/],
    ['{"message":"405 Method Not Allowed"}', 0, /^npm audit: not done.*405 Method Not Allowed/],
    ['', 1, /^$/],
  ] as const) {
    const judged = spawnSync(process.execPath, [join(root, '.ci/audit.ts')], { input })
    assert.is(judged.status, status, input)
    assert.match(String(judged.stdout), says)
  }
  assert.match(
    readFileSync(join(root, '.ci/run'), 'utf8'),
    /\| npm exec -- node \.ci\/audit\.ts \|\| failed=1/,
  )
})

test.run()
