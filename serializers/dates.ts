/** `2013-10-16T09:22:28.708+00:00`: ISO 8601 as Restcomm's documents print it, in UTC. */
export function isoWithOffset(date: Date): string {
  return date.toISOString().replace('Z', '+00:00')
}

/** `Wed, 6 Jun 2017 06:40:06 +0000`: as Restcomm's code writes it, the day without a leading zero. */
export function rfcWithShortDay(date: Date): string {
  return date.toUTCString().replace(/, 0/, ', ').replace('GMT', '+0000')
}
