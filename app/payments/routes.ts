/** The downstream service: authorizes payments, and gives the same answer to the same key. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { FastifyInstance } from 'fastify'
import { business } from '../../contract/shop-signals.ts'
import { counter, initialise } from '../../otel/metrics.ts'
import { askedFaults } from '../faults/switch.ts'
import { httpError } from '../http/errors.ts'
import { object, text, uuid, whole } from '../http/input.ts'
import type { Decision, Ledger } from './ledger.ts'

/** Above it a payment is declined. */
const limitCents = 2_000_000
/** What asking a bank takes, give or take. */
const bankMs = { min: 8, max: 30 }

export const authorizationFaults = askedFaults(
  'payments-down',
  'payments-slow',
  'payments-slow-unprotected',
  'retry-storm',
)

const authorizations = counter(business.payments)

export async function paymentRoutes(app: FastifyInstance, { ledger }: { ledger: Ledger }): Promise<void> {
  initialise(
    business.payments,
    business.payments.labels.outcome.map(outcome => ({ outcome })),
  )

  app.post('/authorizations', async (request, reply) => {
    const key = text(request.headers, 'idempotency-key', { min: 1, max: 100 })
    const body = object(request.body, 'the body', ['order', 'amount'])
    text(body, 'order', { min: 1, max: 100 })
    const amount = whole(body, 'amount', { min: 1, max: 1_000_000_000 })
    if (await breaksDown()) {
      authorizations.add({ outcome: 'failed' })
      // Whoever called sees the connection close, as when a process dies with a request in its hands.
      reply.hijack()
      request.raw.socket.destroy()
      return reply
    }
    if (authorizationFaults.intensity('retry-storm', 'payments') !== undefined) {
      authorizations.add({ outcome: 'failed' })
      throw httpError(503, 'No authorization now')
    }
    let outcome = ledger.find(key)
    if (outcome === undefined) {
      await sleep(bankMs.min + Math.random() * (bankMs.max - bankMs.min))
      outcome = ledger.record(key, amount > limitCents ? 'declined' : 'approved')
    }
    if (outcome === 'voided')
      throw httpError(
        409,
        'Cannot authorize this payment: it was voided, so expected another idempotency-key',
      )
    authorizations.add({ outcome })
    reply.code(201)
    return { outcome }
  })

  /** For whoever cannot know what became of a payment: from now on the answer stands, and no late charge follows. */
  app.post('/authorizations/:key/close', async request => {
    const key = uuid(request.params as Record<string, unknown>, 'key')
    return { outcome: ledger.find(key) ?? undo(key) }
  })

  /** Pays back, or bars, what nobody will deliver for. */
  app.post('/authorizations/:key/void', async request => ({
    outcome: undo(uuid(request.params as Record<string, unknown>, 'key')),
  }))

  function undo(key: string): Decision {
    const before = ledger.find(key)
    const outcome = ledger.undo(key)
    if (outcome === 'voided' && before !== 'voided') authorizations.add({ outcome })
    return outcome
  }
}

async function breaksDown(): Promise<boolean> {
  const slowness =
    authorizationFaults.intensity('payments-slow', 'payments') ??
    authorizationFaults.intensity('payments-slow-unprotected', 'payments')
  if (slowness !== undefined) await sleep(slowness * 1000)
  const share = authorizationFaults.intensity('payments-down', 'payments')
  return share !== undefined && Math.random() < share
}
