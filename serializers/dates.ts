/** `2013-10-16T09:22:28.708+00:00`: ISO 8601 as Restcomm's documents print it, in UTC. */
export function isoWithOffset(date: Date): string {
  return date.toISOString().replace('Z', '+00:00')
}

/** `Wed, 06 Jun 2017 06:40:06 +0000`: as Twilio writes it; Java's SDK takes no other form. */
export function rfcWithTwoDigitDay(date: Date): string {
  return date.toUTCString().replace('GMT', '+0000')
}

/** `2015-07-31T04:00:00Z`: ISO 8601 to the second, as Twilio's newer APIs write it. */
export function isoToTheSecond(date: Date): string {
  return `${date.toISOString().slice(0, -'.000Z'.length)}Z`
}

/** `Wed, 6 Jun 2017 06:40:06 +0000`: as Restcomm's code writes it, the day without a leading zero. */
export function rfcWithShortDay(date: Date): string {
  return date.toUTCString().replace(/, 0/, ', ').replace('GMT', '+0000')
}

const gregorianEpoch = 62_167_219_200

/** Seconds since the year 0, as Kazoo counts them. */
export function gregorianSeconds(date: Date): number {
  return Math.floor(date.getTime() / 1000) + gregorianEpoch
}

/** UTC milliseconds at the begin of such a second. */
export function fromGregorianSeconds(seconds: number): number {
  return (seconds - gregorianEpoch) * 1000
}
