const used = new Set<string>()

/** Remembers a secret that a test was given, and gives it back. */
export function usedSecret(text: string): string {
  if (text !== '') {
    used.add(text)
  }
  return text
}

const passwords = new Set<string>()
const shortestPassword = 10
const fewestCharacters = 5

/**
 * Remembers a password that a test has chosen and that was taken. One so plain that it may stand anywhere
 * is no use for a search, nor is one of the fuzz, which gives the same texts to accounts as their names.
 */
export function usedPassword(text: string): void {
  if (text.length >= shortestPassword && new Set(text).size >= fewestCharacters) {
    passwords.add(text)
  }
}

const hexSecretLengths = [32, 58]
const candidate = /(?:sk)?[0-9a-f]{32,}|[\w-]{22}\.[\w-]{22}\.[\w-]{22}|whsec_[\w+/=]+/g

/** The secrets that were given to tests of this process and lie in a text in clear. */
export function secretsIn(text: string): readonly string[] {
  const found = new Set([...passwords].filter((password) => text.includes(password)))
  for (const [run] of text.matchAll(candidate)) {
    const isWhole = run.includes('.') || run.startsWith('whsec_')
    for (const length of isWhole ? [run.length] : hexSecretLengths) {
      for (let at = 0; at + length <= run.length; at += 1) {
        const part = run.slice(at, at + length)
        if (used.has(part)) {
          found.add(part)
        }
      }
    }
  }
  return [...found]
}
