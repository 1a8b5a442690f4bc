const symbols = "$%&'()*+,-./:;<=>?{|}~!^_`[]"
const alphabet = 'abcdefghijklmnopqrstuvwxyz'
const digitRow = '01234567890'
const symbolRow = '\\!@#$%&/()=?¿'

/**
 * Restcomm's strength of a password from 0 to 100 (restcomm.md 7.1), of which it asks 50. The rule
 * is the original's; the original builds regular expressions from the password and breaks on `(`.
 */
export function passwordScore(password: string): number {
  const characters = [...password]
  const n = characters.length
  const kinds = characters.map(kindOf)
  const middle = kinds.slice(1, -1)
  const lower = occurrences(kinds, 'lower')
  const upper = occurrences(kinds, 'upper')
  const digits = occurrences(kinds, 'digit')
  const symbolCount = occurrences(kinds, 'symbol')
  const classes =
    [lower, upper, digits, symbolCount].filter((count) => count > 0).length + (n >= 8 ? 1 : 0)

  const bonus =
    4 * n +
    (upper > 0 ? 2 * (n - upper) : 0) +
    (lower > 0 ? 2 * (n - lower) : 0) +
    (lower + upper > 0 ? 4 * digits : 0) +
    6 * symbolCount +
    2 * (occurrences(middle, 'symbol') + occurrences(middle, 'digit')) +
    (classes >= 3 ? 2 * classes : 0)
  const malus =
    2 * (adjacent(kinds, 'lower') + adjacent(kinds, 'upper') + adjacent(kinds, 'digit')) +
    3 * (runs(password, alphabet) + runs(password, digitRow) + runs(password, symbolRow)) +
    (n > 0 && digits === n ? n : 0) +
    (n > 0 && lower + upper === n ? n : 0) +
    (n > 0 ? (10 * repeated(characters)) / n : 0)
  return Math.min(100, Math.max(0, Math.round(bonus - malus)))
}

type Kind = 'lower' | 'upper' | 'digit' | 'symbol' | 'other'

function kindOf(character: string): Kind {
  if (/^[a-z]$/.test(character)) {
    return 'lower'
  }
  if (/^[A-Z]$/.test(character)) {
    return 'upper'
  }
  if (/^[0-9]$/.test(character)) {
    return 'digit'
  }
  return symbols.includes(character) ? 'symbol' : 'other'
}

function occurrences(kinds: readonly Kind[], wanted: Kind): number {
  return kinds.filter((kind) => kind === wanted).length
}

function adjacent(kinds: readonly Kind[], wanted: Kind): number {
  return kinds.filter((kind, index) => kind === wanted && kinds[index + 1] === wanted).length
}

/** How many different three-letter runs of the row are in the password, in either direction. */
function runs(password: string, row: string): number {
  const folded = password.toLowerCase()
  let found = 0
  for (let start = 0; start + 3 <= row.length; start += 1) {
    const run = row.slice(start, start + 3)
    const backwards = [...run].reverse().join('')
    if (folded.includes(run) || folded.includes(backwards)) {
      found += 1
    }
  }
  return found
}

/** Occurrences of all characters that occur more than once, letter case ignored. */
function repeated(characters: readonly string[]): number {
  const counts = new Map<string, number>()
  for (const character of characters) {
    const folded = character.toLowerCase()
    counts.set(folded, (counts.get(folded) ?? 0) + 1)
  }
  return [...counts.values()].filter((count) => count > 1).reduce((sum, count) => sum + count, 0)
}
