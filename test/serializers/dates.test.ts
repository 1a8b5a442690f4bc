import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { isoWithOffset, rfcWithShortDay } from '../../serializers/dates.ts'

test('the form of the documents has milliseconds and a numeric offset', () => {
  assert.is(isoWithOffset(new Date('2013-10-16T15:22:28.708Z')), '2013-10-16T15:22:28.708+00:00')
  assert.is(isoWithOffset(new Date(0)), '1970-01-01T00:00:00.000+00:00')
})

test('the form of the code has seconds, English names and no leading zero of the day', () => {
  const cases: readonly (readonly [moment: string, text: string])[] = [
    ['2017-06-06T06:40:06Z', 'Tue, 6 Jun 2017 06:40:06 +0000'],
    ['2013-10-16T15:22:28.708Z', 'Wed, 16 Oct 2013 15:22:28 +0000'],
    ['2024-02-10T00:00:00Z', 'Sat, 10 Feb 2024 00:00:00 +0000'],
    ['2026-01-01T23:59:59.999Z', 'Thu, 1 Jan 2026 23:59:59 +0000'],
    ['2025-03-30T10:05:00Z', 'Sun, 30 Mar 2025 10:05:00 +0000'],
  ]
  for (const [moment, text] of cases) {
    assert.is(rfcWithShortDay(new Date(moment)), text)
  }
})

const moment = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true })

test('both forms can be read back', () => {
  fc.assert(
    fc.property(moment, (date) => {
      assert.is(Date.parse(isoWithOffset(date)), date.getTime())
      assert.is(Date.parse(rfcWithShortDay(date)), Math.floor(date.getTime() / 1000) * 1000)
    }),
  )
})

test.run()
