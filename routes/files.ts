import {
  closeSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'

/** Writes a small file (0600) so that a crash leaves the whole of it or none; an older one is replaced. */
export function putFile(file: string, text: string): void {
  const draft = `${file}.draft`
  writeFileSync(draft, text, { mode: 0o600, flush: true })
  replaceWith(draft, file)
}

/** Gives a finished file its name, in place of what had it; both are in one folder. */
export function replaceWith(draft: string, file: string): void {
  syncPath(draft)
  renameSync(draft, file)
  syncPath(dirname(file))
}

/** Gives a finished file a name that nothing has. Throws when something has it by now. */
export function publishAs(draft: string, file: string): void {
  syncPath(draft)
  try {
    linkSync(draft, file)
    rmSync(draft)
  } catch (error) {
    // A file system without hard links, such as that of a memory stick.
    if (existsSync(file)) {
      throw error
    }
    renameSync(draft, file)
  }
  syncPath(dirname(file))
}

/** What a database leaves beside its file when it is not closed. */
export function removeDatabase(file: string): void {
  for (const ending of ['', '-wal', '-shm', '-journal']) {
    rmSync(`${file}${ending}`, { force: true })
  }
}

function syncPath(path: string): void {
  const descriptor = openSync(path, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}
