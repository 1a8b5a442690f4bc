import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { type Config, ConfigError, isLoopback, parseConfig } from '../../lib/config.ts'
import { type GivenSettings, settings } from '../../lib/settings.ts'
import { messageOf } from '../support/refusals.ts'

const standard: Config = {
  host: '127.0.0.1',
  port: 8080,
  data: './data',
  demo: false,
  compat: undefined,
  maxDepth: 16,
  passwordPolicy: 'length',
  bcryptCost: 10,
  throttle: true,
  tls: undefined,
  behindProxy: [],
  publicUrl: undefined,
  corsOrigins: [],
  metricsFrom: [],
  addressRate: { perSecond: 200, burst: 2000 },
  accountRate: { perSecond: 200, burst: 2000 },
  quotas: { children: 100_000, apiKeys: 1000, callflows: 10_000, webhooks: 10 },
  crossbar: {
    numberForm: 'as-sent',
    allowMove: 'superduper_admin',
    allowSiblingListing: true,
    ensureUniqueName: true,
    realmSuffix: 'sip.2600hz.com',
  },
  auditRetentionDays: 0,
  webhookAllowPrivate: [],
  minFreeDiskMiB: 64,
  logLevel: 'info',
}

const ipv4 = (address: string, prefix = 32) => ({ address, prefix, family: 'ipv4' as const })
const ipv6 = (address: string, prefix = 128) => ({ address, prefix, family: 'ipv6' as const })

const right: readonly (readonly [given: GivenSettings, read: Partial<Config>])[] = [
  [{}, {}],
  [{ host: 'localhost' }, { host: 'localhost' }],
  [{ host: '::1' }, { host: '::1' }],
  [{ port: '0' }, { port: 0 }],
  [{ port: '65535' }, { port: 65535 }],
  [{ data: '/var/lib/strowger' }, { data: '/var/lib/strowger' }],
  [{ demo: '1' }, { demo: true }],
  [{ demo: '0' }, { demo: false }],
  [{ compat: 'restcomm' }, { compat: 'restcomm' }],
  [{ compat: 'none' }, { compat: undefined }],
  [{ 'max-depth': '2' }, { maxDepth: 2 }],
  [{ 'max-depth': '64' }, { maxDepth: 64 }],
  [{ 'audit-retention': '0' }, { auditRetentionDays: 0 }],
  [{ 'audit-retention': '36500' }, { auditRetentionDays: 36500 }],
  [{ 'min-free-disk': '0' }, { minFreeDiskMiB: 0 }],
  [{ 'password-policy': 'score' }, { passwordPolicy: 'score' }],
  [{ 'password-policy': 'length' }, { passwordPolicy: 'length' }],
  [{ 'bcrypt-cost': '16' }, { bcryptCost: 16 }],
  [
    { 'bcrypt-cost': '4', demo: '1' },
    { bcryptCost: 4, demo: true },
  ],
  [{ throttle: 'on' }, { throttle: true }],
  [{ throttle: 'off' }, { throttle: false }],
  [{ 'tls-cert': 'a.pem', 'tls-key': 'b.pem' }, { tls: { cert: 'a.pem', key: 'b.pem' } }],
  [{ 'behind-proxy': '10.0.0.1' }, { behindProxy: [ipv4('10.0.0.1')] }],
  [
    { 'behind-proxy': ' 10.0.0.0/8 , ::1,fd00::/7, ' },
    { behindProxy: [ipv4('10.0.0.0', 8), ipv6('::1'), ipv6('fd00::', 7)] },
  ],
  [{ 'behind-proxy': '0.0.0.0/0,::/0' }, { behindProxy: [ipv4('0.0.0.0', 0), ipv6('::', 0)] }],
  [{ 'behind-proxy': '' }, { behindProxy: [] }],
  [{ 'public-url': 'https://pbx.example.com' }, { publicUrl: 'https://pbx.example.com' }],
  [{ 'public-url': 'http://[::1]:8080//' }, { publicUrl: 'http://[::1]:8080' }],
  [{ 'public-url': 'https://example.com/pbx/' }, { publicUrl: 'https://example.com/pbx' }],
  [{ 'metrics-from': '192.0.2.0/24' }, { metricsFrom: [ipv4('192.0.2.0', 24)] }],
  [
    { 'cors-origin': 'https://console.example.com, http://[::1]:3000' },
    { corsOrigins: ['https://console.example.com', 'http://[::1]:3000'] },
  ],
  ...(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const).map(
    (logLevel) => [{ 'log-level': logLevel }, { logLevel }] as const,
  ),
]

for (const [given, read] of right) {
  test(`the settings ${JSON.stringify(given)} are read`, () => {
    assert.equal(parseConfig(given), { ...standard, ...read })
  })
}

const network = 'is neither an address nor a network such as 10.0.0.0/8'
const url = 'is no URL such as https://pbx.example.com'
const origin = 'is no origin such as https://console.example.com'

const wrong: readonly (readonly [given: GivenSettings, fault: string])[] = [
  ...[
    ...['-1', '65536', '80.5', 'http', 'NaN', 'Infinity', '0x50', '8e3', '0b11', '0o17', '+80'],
    ...['80.0', ' 80', '80 ', '8_0', '٨٠', '99999999999999999999'],
  ].map((port) => [{ port }, `--port: ${port} is no whole number from 0 to 65535`] as const),
  [{ port: '' }, '--port:  is no whole number from 0 to 65535'],
  [{ port: ' ' }, '--port:   is no whole number from 0 to 65535'],
  [{ data: '' }, '--data: needs a value'],
  [{ demo: 'yes' }, '--demo: yes is none of 0, 1'],
  [{ demo: '' }, '--demo:  is none of 0, 1'],
  [{ compat: 'twilio' }, '--compat: twilio is none of restcomm, none'],
  [{ 'max-depth': '1' }, '--max-depth: 1 is no whole number from 2 to 64'],
  [{ 'max-depth': '65' }, '--max-depth: 65 is no whole number from 2 to 64'],
  [{ 'audit-retention': '-1' }, '--audit-retention: -1 is no whole number from 0 to 36500'],
  [{ 'audit-retention': '36501' }, '--audit-retention: 36501 is no whole number from 0 to 36500'],
  [{ 'audit-retention': '1.5' }, '--audit-retention: 1.5 is no whole number from 0 to 36500'],
  [{ 'password-policy': 'strong' }, '--password-policy: strong is none of length, score'],
  [{ 'max-depth': '0x10' }, '--max-depth: 0x10 is no whole number from 2 to 64'],
  [{ 'bcrypt-cost': '1.2e1' }, '--bcrypt-cost: 1.2e1 is no whole number from 4 to 16'],
  [{ 'bcrypt-cost': '17' }, '--bcrypt-cost: 17 is no whole number from 4 to 16'],
  [{ 'bcrypt-cost': '3', demo: '1' }, '--bcrypt-cost: 3 is no whole number from 4 to 16'],
  [{ 'bcrypt-cost': '9' }, '--bcrypt-cost: below 10 only with --demo'],
  [{ throttle: 'Off' }, '--throttle: Off is none of on, off'],
  [{ 'tls-cert': 'a.pem' }, '--tls-cert and --tls-key: one needs the other'],
  [{ 'tls-key': 'b.pem' }, '--tls-cert and --tls-key: one needs the other'],
  ...[
    ...['proxy', '10.0.0', '10.0.0.0/33', '::/129', '10.0.0.0/-1', '10.0.0.0/'],
    ...[
      '10.0.0.0/8/8',
      '10.0.0.0/a',
      '/8',
      '10.0.0.0/1.5',
      '10.0.0.0/0x8',
      '10.0.0.0/8e0',
      '300.0.0.1',
    ],
  ].map((text) => [{ 'behind-proxy': text }, `--behind-proxy: ${text} ${network}`] as const),
  ...[
    ...[
      '',
      'pbx.example.com',
      '//pbx.example.com',
      'ftp://pbx.example.com',
      'https://',
      'https:///',
    ],
    ...['https://pbx.example.com?a', 'https://pbx.example.com#a', ' https://pbx.example.com'],
    ...['https://pbx example.com', 'https://user:pass@pbx.example.com', 'https://a:99999'],
    ...['https://pbx.example.com/a b', 'https://PBX.example.com', 'https://pbx.example.com:443'],
  ].map((text) => [{ 'public-url': text }, `--public-url: ${text} ${url}`] as const),
  [{ 'metrics-from': 'monitor' }, `--metrics-from: monitor ${network}`],
  ...['console.example.com', 'https://console.example.com/', 'https://A.example', 'null'].map(
    (text) => [{ 'cors-origin': text }, `--cors-origin: ${text} ${origin}`] as const,
  ),
  [
    { 'log-level': 'INFO' },
    '--log-level: INFO is none of trace, debug, info, warn, error, fatal, silent',
  ],
]

for (const [given, fault] of wrong) {
  test(`the settings ${JSON.stringify(given)} are refused`, () => {
    assert.equal(faultsOf(given), [fault])
  })
}

test('a host that others can reach needs TLS or a proxy that has it', () => {
  const clear = (host: string) =>
    `--host: ${host} would carry secrets in clear; give --tls-cert and --tls-key, ` +
    'or name the TLS proxies in front with --behind-proxy'
  for (const host of [
    '0.0.0.0',
    '::',
    '192.0.2.1',
    'pbx.example.com',
    '::ffff:127.0.0.1',
    '128.0.0.1',
  ]) {
    assert.equal(faultsOf({ host }), [clear(host)])
    assert.equal(faultsOf({ host, 'behind-proxy': '10.0.0.1' }), [])
    assert.equal(faultsOf({ host, 'tls-cert': 'a.pem', 'tls-key': 'b.pem' }), [])
    assert.equal(faultsOf({ host, 'behind-proxy': '' }), [clear(host)])
  }
})

test('a line break in the public URL is refused', () => {
  for (const text of ['https://pbx.example.com\n', 'https://pbx.example.com/\r\na']) {
    assert.match(
      messageOf(() => parseConfig({ 'public-url': text })),
      'is no URL',
    )
  }
})

test('the demo and an open throttle are for loopback only, with TLS as well', () => {
  const open = { host: '0.0.0.0', 'tls-cert': 'a.pem', 'tls-key': 'b.pem' }
  assert.equal(faultsOf({ ...open, demo: '1' }), [
    '--demo: its secrets are known to everyone, so --host must be loopback',
  ])
  assert.equal(faultsOf({ ...open, throttle: 'off' }), ['--throttle: off is for loopback only'])
})

test('all faults are told at once, each in a line', () => {
  const given: GivenSettings = {
    host: '',
    port: 'many',
    data: '',
    demo: 'maybe',
    'tls-key': '',
    'behind-proxy': 'here,10.0.0.1,there',
    'cors-origin': 'a,b',
    throttle: 'off',
  }
  const flags = faultsOf(given).map((line) => line.slice(0, line.indexOf(':')))
  assert.equal(flags, [
    ...['--host', '--port', '--data', '--demo', '--tls-key', '--tls-cert and --tls-key'],
    ...['--behind-proxy', '--behind-proxy', '--cors-origin', '--cors-origin', '--throttle'],
  ])
})

test('loopback is what only programs of this machine reach', () => {
  for (const host of ['localhost', '::1', '127.0.0.1', '127.255.255.254']) {
    assert.ok(isLoopback(host), host)
  }
  for (const host of [
    '',
    '0.0.0.0',
    '::',
    '127.0.0.1.example.com',
    '127.example.com',
    '10.0.0.1',
  ]) {
    assert.not.ok(isLoopback(host), host)
  }
})

test('each setting has a variable of its name', () => {
  for (const { flag, variable } of settings) {
    assert.is(variable, `STROWGER_${flag.toUpperCase().replaceAll('-', '_')}`)
  }
})

function faultsOf(given: GivenSettings): string[] {
  try {
    parseConfig(given)
    return []
  } catch (error) {
    assert.instance(error, ConfigError)
    return error instanceof ConfigError ? error.message.split('\n') : []
  }
}

test.run()
