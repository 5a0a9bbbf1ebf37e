/** Calls payments so that its failure stays its own: timeout, few retries with backoff and jitter, circuit breaker. */
import {
  BrokenCircuitError,
  CircuitState,
  circuitBreaker,
  ExponentialBackoff,
  handleAll,
  handleWhen,
  retry,
  SamplingBreaker,
  TaskCancelledError,
  TimeoutStrategy,
  timeout,
} from 'cockatiel'
import { log } from '../../otel/logs.ts'
import { counter, gauge, initialise } from '../../otel/metrics.ts'
import { resilience } from '../../otel/signals.ts'
import { askedFaults } from '../faults/switch.ts'
import { expectCalls } from './calls.ts'

export interface Payment {
  order: string
  /** Charged once, however often it is sent. */
  key: string
  /** In cents. */
  amount: number
}

export type PaymentOutcome = 'approved' | 'declined'

const dependency = 'payments'
const attemptTimeoutMs = 1000
const retriesAtMost = 2

export const paymentClientFaults = askedFaults('payments-slow-unprotected', 'retry-storm')

const retries = counter(resilience.retries)
const giveUps = counter(resilience.giveUps)
const state = gauge(resilience.breakerState)
const transitions = counter(resilience.breakerTransitions)

export class PaymentsUnavailable extends Error {
  override name = 'PaymentsUnavailable'
}

export function createPaymentsClient(url: string): (payment: Payment) => Promise<PaymentOutcome> {
  const breaker = circuitBreaker(handleAll, {
    halfOpenAfter: 5000,
    breaker: new SamplingBreaker({ threshold: 0.5, duration: 10_000, minimumRps: 0.5 }),
  })
  const retrying = retry(
    handleWhen(error => !(error instanceof BrokenCircuitError)),
    { maxAttempts: retriesAtMost, backoff: new ExponentialBackoff({ initialDelay: 100, maxDelay: 1000 }) },
  )
  const timing = timeout(attemptTimeoutMs, TimeoutStrategy.Aggressive)
  observeBreaker(breaker)
  expectCalls(url, '201')
  initialise(resilience.retries, [{ dependency }])
  initialise(
    resilience.giveUps,
    resilience.giveUps.labels.reason.map(reason => ({ dependency, reason })),
  )

  return async payment => {
    let attempts = 0
    /** Counts what goes out: an attempt that the open breaker refuses is none. */
    const send = (signal?: AbortSignal) => {
      if (attempts++ > 0) retries.add({ dependency })
      return authorize(url, payment, signal)
    }
    const attempt = () =>
      isUnprotected() ? send() : breaker.execute(() => timing.execute(({ signal }) => send(signal)))
    try {
      const storm = paymentClientFaults.intensity('retry-storm', dependency)
      return storm === undefined ? await retrying.execute(attempt) : await retryAtOnce(storm, attempt)
    } catch (error) {
      giveUps.add({ dependency, reason: reasonOf(error) })
      throw new PaymentsUnavailable('Payments cannot be reached', { cause: error })
    }
  }
}

async function authorize(
  url: string,
  { key, ...payment }: Payment,
  signal?: AbortSignal,
): Promise<PaymentOutcome> {
  const response = await fetch(`${url}/authorizations`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': key },
    body: JSON.stringify(payment),
    ...(signal === undefined ? {} : { signal }),
  })
  const body = (await response.json().catch(() => ({}))) as { outcome?: unknown }
  if (response.ok && (body.outcome === 'approved' || body.outcome === 'declined')) return body.outcome
  throw new Error(`Cannot authorize a payment: expected an outcome, got status ${response.status}`)
}

/** The retry storm and the unprotected slowness switch the protection off; without them this is never so. */
function isUnprotected(): boolean {
  return (
    paymentClientFaults.intensity('payments-slow-unprotected', dependency) !== undefined ||
    paymentClientFaults.intensity('retry-storm', dependency) !== undefined
  )
}

async function retryAtOnce<T>(times: number, work: () => Promise<T>): Promise<T> {
  for (let left = times; ; left--) {
    try {
      return await work()
    } catch (error) {
      if (left <= 0) throw error
    }
  }
}

function observeBreaker(breaker: ReturnType<typeof circuitBreaker>): void {
  const names = {
    [CircuitState.Closed]: 'closed',
    [CircuitState.HalfOpen]: 'half_open',
    [CircuitState.Open]: 'open',
  } as const
  initialise(
    resilience.breakerTransitions,
    resilience.breakerTransitions.labels.state.map(to => ({ dependency, state: to })),
  )
  const show = (current: CircuitState) => {
    const name = names[current as keyof typeof names] ?? 'open'
    for (const each of resilience.breakerState.labels.state)
      state.set({ dependency, state: each }, each === name ? 1 : 0)
    return name
  }
  show(breaker.state)
  breaker.onStateChange(current => {
    const name = show(current)
    transitions.add({ dependency, state: name })
    log.warn({ dependency, state: name }, 'circuit breaker')
  })
}

function reasonOf(error: unknown): 'timeout' | 'error' | 'breaker_open' {
  if (error instanceof BrokenCircuitError) return 'breaker_open'
  return error instanceof TaskCancelledError ? 'timeout' : 'error'
}
