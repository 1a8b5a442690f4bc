import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import bcrypt from 'bcrypt'
import Database from 'better-sqlite3'

/** An account as a peer reads it, with its AuthToken open. */
export type PeerAccount = {
  sid: string
  parent_sid: string | null
  path: string
  organization_sid: string
  friendly_name: string
  email: string | null
  status: string
  role: string
  type: string
  realm: string
  created_at: number
  updated_at: number
  sealed_token: Buffer
  token_digest: Buffer
  password_hash: string | null
  is_reseller: number
  document: string
  revision: number
}

type Step = { sid: string; status: string; revision: number; is_reseller: number }

export type PeerData = ReturnType<typeof openPeerData>

const columns = `sid, parent_sid, path, organization_sid, friendly_name, email, status, role, type,
  realm, created_at, updated_at, sealed_token, token_digest, password_hash, is_reseller, document,
  revision`
const cost = 10

/** The reads and writes of a plain server on the same database, without a cache, a log or an audit. */
export function openPeerData(folder: string) {
  const database = new Database(join(folder, 'strowger.db'))
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.pragma('cache_size = -16384')
  database.function('folded_name', { deterministic: true }, (name) => String(name).toLowerCase())
  const statements = prepare(database)
  const keys = keysOf(Buffer.from(readFileSync(join(folder, 'strowger.key'), 'utf8').trim(), 'hex'))
  return {
    ...readings(database, statements),
    ...writings(statements, keys),
    openToken: ({ sid, sealed_token }: PeerAccount) => openToken(keys.sealing, sid, sealed_token),
    async fits(caller: PeerAccount, secret: string): Promise<boolean> {
      if (!/^[0-9a-f]{32}$/.test(secret)) {
        return bcrypt.compare(secret, caller.password_hash ?? '')
      }
      const digest = createHmac('sha256', keys.digest).update(secret).digest()
      return timingSafeEqual(digest, caller.token_digest)
    },
  }
}

function writings(statements: ReturnType<typeof prepare>, keys: ReturnType<typeof keysOf>) {
  /** A bare row with an AuthToken of its own; gives its SID. */
  const insert = async (parent: PeerAccount, form: URLSearchParams): Promise<string> => {
    const password = form.get('Password')
    const sid = `AC${randomBytes(16).toString('hex')}`
    const { path, organization_sid } = parent
    const token = randomBytes(16).toString('hex')
    statements.insert.run({
      sid,
      parent: parent.sid,
      path: `${path}${sid}/`,
      organization_sid,
      name: form.get('FriendlyName'),
      email: form.get('EmailAddress'),
      realm: `${randomBytes(8).toString('hex')}.example.com`,
      now: Date.now(),
      sealed_token: sealedToken(keys.sealing, sid, token, parent.sealed_token.subarray(0, 4)),
      token_digest: createHmac('sha256', keys.digest).update(token).digest(),
      hash: password === null ? null : await hashed(password),
    })
    return sid
  }
  return {
    insert,
    create: async (parent: PeerAccount, form: URLSearchParams): Promise<PeerAccount | undefined> =>
      statements.bySid.get(await insert(parent, form)),
    update(sid: string, form: URLSearchParams): PeerAccount | undefined {
      statements.rename.run({ sid, name: form.get('FriendlyName'), now: Date.now() })
      return statements.bySid.get(sid)
    },
  }
}

/** As many hashes as ours has: of the password, and of two digests for Kazoo's clients. */
async function hashed(password: string): Promise<string> {
  const hash = await bcrypt.hash(password, cost)
  await bcrypt.hash(createHash('md5').update(password).digest('hex'), cost)
  await bcrypt.hash(createHash('sha1').update(password).digest('hex'), cost)
  return hash
}

function prepare(database: Database.Database) {
  const one = (where: string) =>
    database.prepare<[string], PeerAccount>(`SELECT ${columns} FROM accounts WHERE ${where} = ?`)
  return {
    bySid: one('sid'),
    byEmail: one('email'),
    children: database.prepare<[string], PeerAccount>(
      `SELECT ${columns} FROM accounts WHERE parent_sid = ? ORDER BY created_at, sid`,
    ),
    step: database.prepare<[string], Step>(
      'SELECT sid, status, revision, is_reseller FROM accounts WHERE sid = ?',
    ),
    insert: database.prepare(`
      INSERT INTO accounts (
        sid, parent_sid, path, organization_sid, friendly_name, folded_name, email, status, role,
        type, realm, created_at, updated_at, sealed_token, token_digest, password_hash,
        descendants_count, revision
      )
      VALUES (
        @sid, @parent, @path, @organization_sid, @name, folded_name(@name), @email, 'active',
        'Administrator', 'Full', @realm, @now, @now, @sealed_token, @token_digest, @hash, 0, 1
      )
    `),
    rename: database.prepare(`
      UPDATE accounts
      SET friendly_name = @name, folded_name = folded_name(@name), updated_at = @now,
        revision = revision + 1
      WHERE sid = @sid
    `),
  }
}

const stepLength = 35

function readings(database: Database.Database, statements: ReturnType<typeof prepare>) {
  const named = (name: string) =>
    name.includes('@') ? statements.byEmail.get(name) : statements.bySid.get(name)
  const isActive = (account: PeerAccount | undefined): account is PeerAccount => {
    for (let at = 0; at + stepLength < (account?.path.length ?? 0); at += stepLength) {
      if (
        statements.step.get(account?.path.slice(at, at + stepLength - 1) ?? '')?.status !== 'active'
      ) {
        return false
      }
    }
    return account?.status === 'active'
  }
  return {
    /** Caller and target as of one moment, with the statuses above them. */
    pair: database.transaction((name: string, sid: string | undefined) => {
      const caller = named(name)
      const target = sid === undefined ? undefined : statements.bySid.get(sid)
      return {
        caller: isActive(caller) ? caller : undefined,
        target: isActive(target) ? target : undefined,
      }
    }),
    children: database.transaction((sid: string) =>
      statements.children.all(sid).filter((child) => isActive(child)),
    ),
  }
}

function keysOf(key: Buffer) {
  const digest = hkdfSync('sha256', key, '', 'strowger token digest', 32)
  return { sealing: createSecretKey(key), digest: createSecretKey(Buffer.from(digest)) }
}

function openToken(key: KeyObject, sid: string, sealed: Buffer): string {
  const cipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(4, 16), { authTagLength: 16 })
  cipher.setAAD(Buffer.from(sid)).setAuthTag(sealed.subarray(16, 32))
  return cipher.update(sealed.subarray(32), undefined, 'utf8') + cipher.final('utf8')
}

/** Behind the same four bytes that name the key in what it has sealed before. */
function sealedToken(key: KeyObject, sid: string, token: string, keyName: Buffer): Buffer {
  const nonce = randomBytes(12)
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: 16 })
  cipher.setAAD(Buffer.from(sid))
  const sealed = Buffer.concat([cipher.update(token, 'utf8'), cipher.final()])
  return Buffer.concat([keyName, nonce, cipher.getAuthTag(), sealed])
}
