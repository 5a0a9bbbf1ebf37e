/** Asks payments what became of a payment, and takes it back; unlike an authorization, nobody waits for it. */
import { expectCalls } from './calls.ts'
import type { PaymentOutcome } from './client.ts'

type Settlement = PaymentOutcome | 'voided'

const withinMs = 5000

export function createSettlement(url: string): {
  close: (key: string) => Promise<Settlement>
  undo: (key: string) => Promise<Settlement>
} {
  expectCalls(url, '200')
  const ask = async (key: string, what: 'close' | 'void'): Promise<Settlement> => {
    const response = await fetch(`${url}/authorizations/${key}/${what}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
      signal: AbortSignal.timeout(withinMs),
    })
    const { outcome } = (await response.json().catch(() => ({}))) as { outcome?: unknown }
    if (response.ok && (outcome === 'approved' || outcome === 'declined' || outcome === 'voided'))
      return outcome
    throw new Error(`Cannot ${what} a payment: expected its outcome, got status ${response.status}`)
  }
  return { close: key => ask(key, 'close'), undo: key => ask(key, 'void') }
}
