/** One setting of the server: its flag, its environment variable and what it means. */
export type Setting = {
  /** Without the two dashes. */
  readonly flag: string
  readonly variable: string
  /** The word for its value in the help; undefined for a switch. */
  readonly value: string | undefined
  readonly standard: string
  readonly meaning: string
}

/** Every setting there is, in the order of the help and of README's table. */
export const settings = [
  {
    flag: 'host',
    variable: 'STROWGER_HOST',
    value: 'ADDRESS',
    standard: '127.0.0.1',
    meaning: 'address to listen on; any but loopback needs TLS or --behind-proxy',
  },
  {
    flag: 'port',
    variable: 'STROWGER_PORT',
    value: 'PORT',
    standard: '8080',
    meaning: 'port to listen on; 0 takes a free one',
  },
  {
    flag: 'data',
    variable: 'STROWGER_DATA',
    value: 'DIR',
    standard: './data',
    meaning: 'folder of the database and its sealing key, made if missing',
  },
  {
    flag: 'demo',
    variable: 'STROWGER_DEMO',
    value: undefined,
    standard: 'off',
    meaning: 'load the documented administrator with its well-known secrets; loopback only',
  },
  {
    flag: 'compat',
    variable: 'STROWGER_COMPAT',
    value: 'restcomm',
    standard: 'none',
    meaning: 'byte-level parity with the original Restcomm',
  },
  {
    flag: 'max-depth',
    variable: 'STROWGER_MAX_DEPTH',
    value: 'LEVELS',
    standard: '16',
    meaning: 'levels of the account tree, the root included (2 to 64)',
  },
  {
    flag: 'password-policy',
    variable: 'STROWGER_PASSWORD_POLICY',
    value: 'POLICY',
    standard: 'length',
    meaning: "length: 8 to 72 bytes, nothing obvious; score: Restcomm's strength of 50 or more",
  },
  {
    flag: 'bcrypt-cost',
    variable: 'STROWGER_BCRYPT_COST',
    value: 'COST',
    standard: '10',
    meaning: 'cost of a password hash (10 to 16; 4 to 9 only with --demo)',
  },
  {
    flag: 'throttle',
    variable: 'STROWGER_THROTTLE',
    value: 'on|off',
    standard: 'on',
    meaning: 'whether failed logins and requests are limited; off on loopback only',
  },
  {
    flag: 'address-rate',
    variable: 'STROWGER_ADDRESS_RATE',
    value: 'RATE/BURST',
    standard: '200/2000',
    meaning: 'requests a second from one address, and how many at once; a write counts as 5',
  },
  {
    flag: 'account-rate',
    variable: 'STROWGER_ACCOUNT_RATE',
    value: 'RATE/BURST',
    standard: '200/2000',
    meaning: 'the same for one account, from wherever it asks; off for no limit, as above',
  },
  {
    flag: 'max-children',
    variable: 'STROWGER_MAX_CHILDREN',
    value: 'COUNT',
    standard: '100000',
    meaning: 'accounts that one may have directly below it',
  },
  {
    flag: 'max-keys',
    variable: 'STROWGER_MAX_KEYS',
    value: 'COUNT',
    standard: '1000',
    meaning: 'API keys that an account may have',
  },
  {
    flag: 'max-callflows',
    variable: 'STROWGER_MAX_CALLFLOWS',
    value: 'COUNT',
    standard: '10000',
    meaning: 'callflows that an account may have',
  },
  {
    flag: 'max-webhooks',
    variable: 'STROWGER_MAX_WEBHOOKS',
    value: 'COUNT',
    standard: '10',
    meaning: 'webhooks that an account may have',
  },
  {
    flag: 'tls-cert',
    variable: 'STROWGER_TLS_CERT',
    value: 'FILE',
    standard: 'none',
    meaning: 'certificate chain in PEM; with --tls-key the server speaks https',
  },
  {
    flag: 'tls-key',
    variable: 'STROWGER_TLS_KEY',
    value: 'FILE',
    standard: 'none',
    meaning: 'private key of the certificate in PEM',
  },
  {
    flag: 'behind-proxy',
    variable: 'STROWGER_BEHIND_PROXY',
    value: 'ADDRESSES',
    standard: 'none',
    meaning: 'proxies whose X-Forwarded-For is believed: addresses or networks, comma between',
  },
  {
    flag: 'public-url',
    variable: 'STROWGER_PUBLIC_URL',
    value: 'URL',
    standard: 'none',
    meaning:
      'where clients reach the server, put in front of the links that answers hold; with https, ' +
      'browsers are told to come by https alone',
  },
  {
    flag: 'cors-origin',
    variable: 'STROWGER_CORS_ORIGIN',
    value: 'ORIGINS',
    standard: 'none',
    meaning: 'other origins whose pages may use the API from a browser, comma between; * for all',
  },
  {
    flag: 'metrics-from',
    variable: 'STROWGER_METRICS_FROM',
    value: 'ADDRESSES',
    standard: 'loopback',
    meaning: 'further clients that may read /metrics: addresses or networks, comma between',
  },
  {
    flag: 'allow-move',
    variable: 'STROWGER_ALLOW_MOVE',
    value: 'WHO',
    standard: 'superduper_admin',
    meaning:
      'who moves a branch of accounts: superduper_admin (the root), or tree (any above both ends)',
  },
  {
    flag: 'allow-sibling-listing',
    variable: 'STROWGER_ALLOW_SIBLING_LISTING',
    value: 'on|off',
    standard: 'on',
    meaning: "whether an account may list those beside it through Kazoo's API",
  },
  {
    flag: 'ensure-unique-name',
    variable: 'STROWGER_ENSURE_UNIQUE_NAME',
    value: 'on|off',
    standard: 'on',
    meaning: "whether Kazoo's API refuses a name that another account has",
  },
  {
    flag: 'account-realm-suffix',
    variable: 'STROWGER_ACCOUNT_REALM_SUFFIX',
    value: 'DOMAIN',
    standard: 'sip.2600hz.com',
    meaning: 'what the random realm of a new account ends in',
  },
  {
    flag: 'callflow-numbers',
    variable: 'STROWGER_CALLFLOW_NUMBERS',
    value: 'FORM',
    standard: 'as-sent',
    meaning:
      'how the numbers of callflows are kept: as-sent, or north-american (E.164, as Kazoo does)',
  },
  {
    flag: 'audit-retention',
    variable: 'STROWGER_AUDIT_RETENTION',
    value: 'DAYS',
    standard: '0',
    meaning: 'days that audit rows are kept (0 to 36500); 0 keeps them for ever',
  },
  {
    flag: 'webhook-allow-private',
    variable: 'STROWGER_WEBHOOK_ALLOW_PRIVATE',
    value: 'ADDRESSES',
    standard: 'none',
    meaning:
      'addresses or networks, comma between, that webhooks may lead to though they are not public',
  },
  {
    flag: 'min-free-disk',
    variable: 'STROWGER_MIN_FREE_DISK',
    value: 'MIB',
    standard: '64',
    meaning: 'room on the disk of the data folder below which /ready is red, in MiB',
  },
  {
    flag: 'log-level',
    variable: 'STROWGER_LOG_LEVEL',
    value: 'LEVEL',
    standard: 'info',
    meaning: 'least severe line to log: trace, debug, info, warn, error, fatal or silent',
  },
] as const satisfies readonly Setting[]

export type Flag = (typeof settings)[number]['flag']

/** What the operator gave, by flag; a switch is given as `1`. */
export type GivenSettings = Readonly<Partial<Record<Flag, string>>>
