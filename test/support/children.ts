import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { root } from './sources.ts'

export type ChildStore = { readonly pid: number; kill(signal: NodeJS.Signals): Promise<void> }

/** Another process that has opened the store of a folder, and keeps it until it is killed. */
export async function openStoreElsewhere(folder: string): Promise<ChildStore> {
  const child = runScript(`
    openSqliteStore(${JSON.stringify(folder)})
    console.log('open')
    setInterval(() => {}, 1000)
  `)
  const line = await firstLine(child)
  if (line !== 'open' || child.pid === undefined) {
    throw new Error(`the other process did not open the store: ${line}`)
  }
  return {
    pid: child.pid,
    async kill(signal) {
      const ended = once(child, 'exit')
      child.kill(signal)
      await ended
    },
  }
}

/** What another process is told when it tries to open the store of a folder. */
export async function tryStoreElsewhere(folder: string): Promise<string> {
  const child = runScript(`
    try {
      openSqliteStore(${JSON.stringify(folder)})
      console.log('open')
    } catch (error) {
      console.log(error.message)
    }
  `)
  const ended = once(child, 'exit')
  const line = await firstLine(child)
  await ended
  return line
}

function runScript(body: string): ChildProcess {
  const store = JSON.stringify(pathToFileURL(`${root}/db/sqlite/index.ts`).href)
  const script = `import { openSqliteStore } from ${store}\n${body}`
  return spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function firstLine({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) {
    throw new Error('the process was started without its output')
  }
  for await (const line of createInterface(stdout)) {
    return line
  }
  return ''
}
