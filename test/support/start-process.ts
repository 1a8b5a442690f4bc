import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './sources.ts'
import type { Login } from './start-app.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { secretsIn } from './used-secrets.ts'

export type ProgramOptions = {
  /** Variables beside those of the tests, of which none that the program knows are handed on. */
  readonly env?: Readonly<Record<string, string>>
  /** The umask that the process begins with, in octal. */
  readonly umask?: string
  /** What it reads from standard input; without it there is none. */
  readonly input?: string
}

export type Ended = {
  /** Undefined when a signal ended it. */
  readonly code: number | undefined
  readonly signal: NodeJS.Signals | undefined
  readonly stdout: string
  readonly stderr: string
}

export type Program = {
  readonly pid: number
  /** As the program printed it: `http://127.0.0.1:PORT` */
  readonly url: string
  stdout(): string
  stderr(): string
  /** Sends the signal and waits for the end. Throws when it does not come. */
  kill(signal?: NodeJS.Signals): Promise<Ended>
  readonly ended: Promise<Ended>
}

/** The administrator that `--demo` makes, with its documented secrets. */
export const demoRoot: Login & { readonly password: string } = {
  sid: 'ACae6e420f425248d6a26948c17a9e2acf',
  email: 'administrator@company.com',
  token: '77f8c12cc7b8f8423e5c38b035249166',
  password: 'RestComm',
}

const startWithinMs = 30_000
const endWithinMs = 30_000

/** Starts the real program on a data folder and a free port; throws with its words when it ends instead. */
export async function startProgram(
  folder: string,
  args: readonly string[] = [],
  options: ProgramOptions = {},
): Promise<Program> {
  const child = launch(['--port', '0', '--data', folder, ...args], options)
  const output = outputOf(child)
  const ended = endOf(child, output)
  const url = await listeningUrl(child, output.stdout, ended)
  return {
    pid: child.pid ?? 0,
    url,
    ...output,
    ended,
    kill(signal = 'SIGTERM') {
      child.kill(signal)
      return within(endWithinMs, ended, () => child.kill('SIGKILL'))
    },
  }
}

/** Runs the program to its end, for a start that is to be refused and for commands. */
export function runProgram(args: readonly string[], options: ProgramOptions = {}): Promise<Ended> {
  const child = launch(args, options)
  return within(endWithinMs, endOf(child, outputOf(child)), () => child.kill('SIGKILL'))
}

/** Runs the program and ends it with SIGKILL a while after it has made a file anew, unless it has ended by then. */
export async function killProgram(
  args: readonly string[],
  file: string,
  afterMs: number,
): Promise<Ended> {
  rmSync(file, { force: true })
  const child = launch(args, {})
  const ended = endOf(child, outputOf(child))
  const watching = setInterval(() => {
    if (existsSync(file)) {
      clearInterval(watching)
      setTimeout(() => child.kill('SIGKILL'), afterMs)
    }
  }, 1)
  return within(endWithinMs, ended, () => child.kill('SIGKILL')).finally(() =>
    clearInterval(watching),
  )
}

/** Starts the real program for a command that goes on until it is stopped. */
export function spawnProgram(
  args: readonly string[],
  options: ProgramOptions = {},
): Pick<Program, 'stdout' | 'stderr' | 'kill'> {
  const child = launch(args, options)
  const output = outputOf(child)
  const ended = endOf(child, output)
  return {
    ...output,
    kill(signal = 'SIGTERM') {
      child.kill(signal)
      return within(endWithinMs, ended, () => child.kill('SIGKILL'))
    },
  }
}

/** Runs with the path of a data folder that is not there yet, and removes it afterwards. */
export async function inNewFolder(run: (folder: string) => Promise<void>): Promise<void> {
  const { path, remove } = temporaryFolder()
  await run(join(path, 'data')).finally(remove)
}

/** A certificate of 127.0.0.1 signed by its own key, both put into the folder. Needs openssl. */
export function makeKeyPair(folder: string): { readonly cert: string; readonly key: string } {
  const cert = join(folder, 'cert.pem')
  const key = join(folder, 'key.pem')
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  const subject = ['-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1']
  const files = ['-keyout', key, '-out', cert, '-days', '2']
  execFileSync('openssl', ['req', '-x509', ...curve, ...subject, ...files], { stdio: 'pipe' })
  return { cert, key }
}

/** As `npm start` does it: this Node with the source of the program. */
function launch(args: readonly string[], options: ProgramOptions): ChildProcess {
  const { env = {}, umask, input } = options
  const words = [process.execPath, join(root, 'routes/main.ts'), ...args]
  const [command = '', ...rest] =
    umask === undefined ? words : ['/bin/sh', '-c', `umask ${umask}; exec "$@"`, 'sh', ...words]
  const child = spawn(command, rest, {
    stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    env: { ...environmentWithoutSettings(), ...env },
  })
  child.stdin?.end(input)
  const endWithTheTests = () => child.kill('SIGKILL')
  process.once('exit', endWithTheTests)
  child.once('exit', () => process.off('exit', endWithTheTests))
  return child
}

function environmentWithoutSettings(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !name.startsWith('STROWGER_')),
  )
}

type Output = Pick<Program, 'stdout' | 'stderr'>

function outputOf(child: ChildProcess): Output {
  const texts = { stdout: '', stderr: '' }
  for (const name of ['stdout', 'stderr'] as const) {
    child[name]?.setEncoding('utf8').on('data', (text: string) => {
      texts[name] += text
    })
  }
  return { stdout: () => texts.stdout, stderr: () => texts.stderr }
}

/** The event `close` comes when the process has ended and all its output was read. */
function endOf(child: ChildProcess, { stdout, stderr }: Output): Promise<Ended> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => {
      const [secret] = secretsIn(stderr())
      if (secret !== undefined) {
        reject(new Error(`a secret that was used lies in the log in clear: ${secret.slice(0, 6)}`))
      }
      resolve({
        code: code ?? undefined,
        signal: signal ?? undefined,
        stdout: stdout(),
        stderr: stderr(),
      })
    })
  })
}

function listeningUrl(
  child: ChildProcess,
  stdout: () => string,
  ended: Promise<Ended>,
): Promise<string> {
  const listening = new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', () => {
      const url = /^listening on (\S+)\n/m.exec(stdout())?.[1]
      if (url !== undefined) {
        resolve(url)
      }
    })
    ended.then(
      ({ code, stderr }) => reject(new Error(`the program ended with ${code}: ${stderr}`)),
      reject,
    )
  })
  return within(startWithinMs, listening, () => child.kill('SIGKILL'))
}

async function within<T>(ms: number, awaited: Promise<T>, giveUp: () => void): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => {
      giveUp()
      reject(new Error(`the program did not get there within ${ms} ms`))
    }, ms)
  })
  return Promise.race([awaited, late]).finally(() => clearTimeout(timer))
}
