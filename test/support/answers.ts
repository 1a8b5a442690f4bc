import { spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import type { RequestListener, ServerResponse } from 'node:http'
import { join } from 'node:path'
import { isInstalled } from './skip.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { usedSecret } from './used-secrets.ts'

/** What a server has answered so far, to whomever: each text once. */
export type Answers = {
  readonly xml: ReadonlySet<string>
  /** Of every answer that is no success. */
  readonly refusals: ReadonlySet<string>
}

export const hasXmllint = isInstalled('xmllint')

/** The same listener, with every answer it gives noted. */
export function noted(listener: RequestListener): {
  readonly listener: RequestListener
  readonly answers: Answers
} {
  const answers = { xml: new Set<string>(), refusals: new Set<string>() }
  return {
    answers,
    listener(request, response) {
      whenAnswered(response, (text) => {
        if (response.statusCode >= 400) {
          answers.refusals.add(text.replace(ownSession, ''))
        } else {
          noteSecrets(text)
        }
        if (response.getHeader('content-type') === 'application/xml' && text !== '') {
          answers.xml.add(text)
        }
      })
      listener(request, response)
    },
  }
}

/** Kazoo's envelope gives the session back to whoever has used it, around a refusal too. */
const ownSession = /,\s*"auth_token": ?"[\w-]+\.[\w-]+\.[\w-]+"(?=\s*\}$)/

const shownSecret =
  /"(?:auth_token|secondary_auth_token|api_key|secret)": ?"([^"]+)"|<(?:AuthToken|Secret)>([^<]+)</g

/** Whatever lets somebody in and was shown to its owner counts as used from then on. */
function noteSecrets(text: string): void {
  for (const [, json, xml] of text.matchAll(shownSecret)) {
    const secret = json ?? xml ?? ''
    // A test may have given an account a key of this name, with what it takes for a token.
    if (new Set(secret).size > 4) {
      usedSecret(secret)
    }
  }
}

/** Tells of a body that went out to its end. */
function whenAnswered(response: ServerResponse, tell: (text: string) => void): void {
  const chunks: Buffer[] = []
  const note = (chunk: unknown) => {
    if (typeof chunk === 'string' || chunk instanceof Uint8Array) {
      chunks.push(Buffer.from(chunk))
    }
  }
  const noting = <Method extends (...args: never[]) => unknown>(method: Method): Method =>
    new Proxy(method, {
      apply(target, self, args) {
        note(args[0])
        return Reflect.apply(target, self, args)
      },
    })
  response.write = noting(response.write)
  response.end = noting(response.end)
  response.once('finish', () => tell(Buffer.concat(chunks).toString()))
}

const filesAtOnce = 500

/** What xmllint has against these answers (security.md R5); nothing where the program is missing. */
export async function xmllintFaults(answers: Iterable<string>): Promise<string> {
  if (!hasXmllint) {
    return ''
  }
  const folder = temporaryFolder()
  const files = [...answers].map((text, index) => {
    const file = join(folder.path, `${index}.xml`)
    writeFileSync(file, text)
    return file
  })
  let faults = ''
  for (let at = 0; at < files.length; at += filesAtOnce) {
    const words = ['--noout', '--nonet', '--huge', ...files.slice(at, at + filesAtOnce)]
    faults += spawnSync('xmllint', words, { encoding: 'utf8' }).stderr
  }
  await folder.remove()
  return faults
}
