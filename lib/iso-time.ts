const form = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?(Z|[+-]\d\d:\d\d))?$/

/** A point in time: a date, which begins at midnight UTC, or a time with its zone; undefined for any other text. */
export function isoTime(text: string): Date | undefined {
  if (!form.test(text) || Number.isNaN(Date.parse(text))) {
    return undefined
  }
  // 30 February would be read as a day in March.
  const day = text.slice(0, 10)
  return new Date(day).toISOString().startsWith(day) ? new Date(text) : undefined
}
