const used = new Set<string>()

/** Remembers a secret that a test was given, and gives it back. */
export function usedSecret(text: string): string {
  if (text !== '') {
    used.add(text)
  }
  return text
}

const hexSecretLengths = [32, 58]
const candidate = /(?:sk)?[0-9a-f]{32,}|[\w-]{22}\.[\w-]{22}\.[\w-]{22}|whsec_[\w+/=]+/g

/** The secrets that were given to tests of this process and lie in a text in clear. */
export function secretsIn(text: string): readonly string[] {
  const found = new Set<string>()
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
