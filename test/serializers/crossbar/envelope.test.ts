import fc from 'fast-check'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Envelope, successText } from '../../../serializers/crossbar/envelope.ts'

const page = fc.record({
  pageSize: fc.nat(),
  startKey: fc.string(),
  nextStartKey: fc.option(fc.string(), { nil: undefined }),
})
const envelope: fc.Arbitrary<Envelope> = fc.record({
  data: fc.oneof(fc.array(fc.dictionary(fc.string(), fc.string())), fc.object(), fc.constant(null)),
  revision: fc.string(),
  requestId: fc.string(),
  authToken: fc.option(fc.string(), { nil: undefined }),
  page: fc.option(page, { nil: undefined }),
  now: fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('9999-12-31') }),
  version: fc.option(fc.string(), { nil: undefined }),
})

test('an answer says the same in one line as in many, in the same order', () => {
  fc.assert(
    fc.property(envelope, (made) => {
      const dataText = JSON.stringify(made.data)
      const pretty: unknown = JSON.parse(successText(made, dataText, true))
      assert.is(successText(made, dataText, false), JSON.stringify(pretty))
    }),
  )
})

test('keys that lead to a page stand before the data, everything else behind it', () => {
  const text = successText(
    {
      data: [],
      revision: 'r',
      requestId: 'id',
      authToken: 'token',
      page: { pageSize: 0, startKey: 'a', nextStartKey: 'b' },
      now: new Date(0),
      version: '2',
    },
    '[]',
    false,
  )
  assert.is(
    text,
    '{"page_size":0,"start_key":"a","next_start_key":"b","data":[],"revision":"r",' +
      '"timestamp":"1970-01-01T00:00:00Z","version":"2","request_id":"id","status":"success",' +
      '"auth_token":"token"}',
  )
})

test.run()
