import { isoWithOffset, rfcWithShortDay } from '../dates.ts'

/** The documented API with its faults mended, or the original to the byte (decisions.md 3). */
export type Face = 'documented' | 'compat'

export const apiVersion = '2012-04-24'

export function dateText(date: Date, face: Face): string {
  return face === 'compat' ? rfcWithShortDay(date) : isoWithOffset(date)
}
