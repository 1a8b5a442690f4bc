import type { RandomPage } from '../store.ts'

export type PageBinding = { createdAt: number; sid: string; limit: number }

/** The bound values of a keyset page in the order of creation: a position is often a whole record, of which no more is taken. */
export function pageBinding({ after, before, limit }: RandomPage): PageBinding {
  const { createdAt, sid } = before ?? after ?? { createdAt: Number.MIN_SAFE_INTEGER, sid: '' }
  return { createdAt, sid, limit }
}
