import { invalid } from './errors.ts'

const label = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/
const singleLabel = /^[A-Za-z0-9-]{1,255}$/

/** Which names an organization may have: those of the DNS, or Restcomm's, which have no dots. */
export type DomainNameRule = 'dns' | 'singleLabel'

/** Gives the name without its trailing dot; throws `invalid` for `domainName` when the rule refuses it. */
export function parseDomainName(text: string, rule: DomainNameRule): string {
  const name = withoutTrailingDot(text)
  const isValid =
    rule === 'singleLabel'
      ? singleLabel.test(name)
      : name.length <= 253 && name.split('.').every((part) => label.test(part))
  if (!isValid) {
    throw invalid('domainName', { rule: 'malformed', value: text })
  }
  return name
}

/** `example.com.` and `example.com` are one name (restcomm.md 3.3). */
export function withoutTrailingDot(name: string): string {
  return name.endsWith('.') ? name.slice(0, -1) : name
}
