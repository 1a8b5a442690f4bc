import type {
  AccountRecord,
  AccountStatus,
  AccountType,
  JsonObject,
  SecondaryToken,
} from '../store.ts'

export type AccountRow = {
  sid: string
  parent_sid: string | null
  path: string
  organization_sid: string
  friendly_name: string
  email: string | null
  status: AccountStatus
  status_before_close: AccountStatus | null
  closed_by: string | null
  role: string
  type: AccountType
  realm: string
  created_at: number
  updated_at: number
  sealed_token: Uint8Array
  token_digest: Uint8Array
  secondary_sealed_token: Uint8Array | null
  secondary_token_digest: Uint8Array | null
  secondary_created_at: number | null
  password_hash: string | null
  login_hash: string | null
  is_reseller: number
  document: string
  descendants_count: number
  revision: number
}

export type StepRow = Pick<AccountRow, 'sid' | 'status' | 'revision' | 'is_reseller'>

export const columns = `sid, parent_sid, path, organization_sid, friendly_name, email, status,
  status_before_close, closed_by, role, type, realm, created_at, updated_at, sealed_token, token_digest, secondary_sealed_token,
  secondary_token_digest, secondary_created_at, password_hash, login_hash, is_reseller, document,
  descendants_count, revision`

/** Most accounts have nothing that only Kazoo's clients keep. */
function documentFrom(text: string): JsonObject {
  // The text was written by `account-writes.ts`, from a value of this type.
  const document: JsonObject = text === '{}' ? {} : JSON.parse(text)
  return document
}

function secondaryFrom(row: AccountRow): SecondaryToken | undefined {
  const {
    secondary_sealed_token: sealed,
    secondary_token_digest: digest,
    secondary_created_at: createdAt,
  } = row
  return sealed === null || digest === null || createdAt === null
    ? undefined
    : { sealed, digest, createdAt }
}

export function recordFrom(row: AccountRow): AccountRecord {
  return {
    sid: row.sid,
    parentSid: row.parent_sid ?? undefined,
    path: row.path,
    organizationSid: row.organization_sid,
    friendlyName: row.friendly_name,
    email: row.email ?? undefined,
    status: row.status,
    statusBeforeClose: row.status_before_close ?? undefined,
    closedBy: row.closed_by ?? undefined,
    role: row.role,
    type: row.type,
    realm: row.realm,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    token: { sealed: row.sealed_token, digest: row.token_digest },
    secondaryToken: secondaryFrom(row),
    passwordHash: row.password_hash ?? undefined,
    loginHash: row.login_hash ?? undefined,
    isReseller: row.is_reseller === 1,
    document: documentFrom(row.document),
    descendantsCount: row.descendants_count,
    revision: row.revision,
  }
}
