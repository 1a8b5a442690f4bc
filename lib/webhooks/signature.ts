import { webhookSecretKey } from '../ids.ts'
import { signature } from '../secrets.ts'

/** The signatures of a message by each of the secrets, as Standard Webhooks writes them. */
export function webhookSignature(
  secrets: readonly string[],
  id: string,
  timestamp: string,
  body: string,
): string {
  const signed = `${id}.${timestamp}.${body}`
  return secrets.map((secret) => `v1,${signature(webhookSecretKey(secret), signed)}`).join(' ')
}
