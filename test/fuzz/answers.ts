import { SaxesParser } from 'saxes'
import type { RawReply } from '../support/raw-reply.ts'

/** The facts of an account by their XML names, whether it came as XML or as JSON. */
export type AccountFacts = Readonly<Record<string, string>>

const jsonNames: Readonly<Record<string, string>> = {
  Sid: 'sid',
  organization: 'organization',
  FriendlyName: 'friendly_name',
  EmailAddress: 'email_address',
  Status: 'status',
  Role: 'role',
  Type: 'type',
  DateCreated: 'date_created',
  DateUpdated: 'date_updated',
  AuthToken: 'auth_token',
}

/** The accounts of an answer, one or a list. Throws when a parser refuses what it says it is. */
export function accountsIn({ headers, text }: RawReply): readonly AccountFacts[] {
  const type = headers.get('content-type')
  if (text === '') {
    return []
  }
  switch (type) {
    case 'application/xml':
      return xmlAccounts(text)
    case 'application/json':
      return jsonAccounts(JSON.parse(text))
    default:
      throw new Error(`an answer of type ${type}`)
  }
}

function jsonAccounts(document: unknown): readonly AccountFacts[] {
  return (Array.isArray(document) ? document : [document])
    .filter((item) => 'email_address' in item)
    .map((item) =>
      Object.fromEntries(
        Object.entries(jsonNames)
          .map(([name, key]) => [name, item[key]])
          .filter(([, value]) => value !== undefined),
      ),
    )
}

function xmlAccounts(text: string): readonly AccountFacts[] {
  const accounts: Record<string, string>[] = []
  let value = ''
  const parser = new SaxesParser()
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name }) => {
    value = ''
    if (name === 'Account') {
      accounts.push({})
    }
  })
  parser.on('text', (more) => {
    value += more
  })
  parser.on('closetag', ({ name }) => {
    const account = accounts.at(-1)
    if (account !== undefined && name in jsonNames) {
      account[name] = value
    }
    value = ''
  })
  parser.write(text).close()
  return accounts
}
