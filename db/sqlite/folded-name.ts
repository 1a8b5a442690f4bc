/**
 * A name as it is compared for being taken: NFKC, letter case folded, letters and digits of any
 * script kept (kazoo.md D15). Empty when nothing remains, and then never taken.
 */
export function foldedName(name: string): string {
  return name
    .normalize('NFKC')
    .toUpperCase()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]/gu, '')
}
