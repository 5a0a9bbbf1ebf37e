/** Telemetry of background jobs, whatever the queue: the sender's trace goes on in the worker. */

import { context, propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { log } from './logs.ts'
import { counter, gauge, histogram } from './metrics.ts'
import { jobs } from './signals.ts'
import { errorType, failSpan, tracer } from './traces.ts'

interface Job {
  queue: string
  /** What `jobContext` gave when the job was sent. */
  context?: Record<string, string> | undefined
  /** 1 for the first. */
  attempt: number
  /** When it was put on the queue, as a date or in milliseconds since the epoch. */
  enqueuedAt: Date | number
}

/** The active trace as W3C headers, to be stored with a job. */
export function jobContext(): Record<string, string> {
  const carrier: Record<string, string> = {}
  propagation.inject(context.active(), carrier)
  return carrier
}

/** Counts a job put on a queue, or the error that kept it from getting there. */
export function jobSent(queue: string, error?: unknown): void {
  counter(jobs.sent).add({
    messaging_destination_name: queue,
    error_type: error === undefined ? '' : errorType(error),
  })
}

/** Puts a job on a queue with the active trace and counts it, or the error that kept it from getting there. */
export async function sendJob<T>(
  queue: string,
  send: (context: Record<string, string>) => Promise<T>,
): Promise<T> {
  try {
    const sent = await send(jobContext())
    jobSent(queue)
    return sent
  } catch (error) {
    jobSent(queue, error)
    throw error
  }
}

/** Runs one attempt at a job in the sender's trace; counts its wait, retries, busy slot, duration and error. */
export async function processJob<T>(job: Job, work: () => T | Promise<T>): Promise<T> {
  const { queue, attempt } = job
  const destination = { messaging_destination_name: queue }
  const sender = propagation.extract(ROOT_CONTEXT, job.context ?? {})
  const span = tracer.startSpan(
    `process ${queue}`,
    {
      kind: SpanKind.CONSUMER,
      attributes: {
        'messaging.destination.name': queue,
        'messaging.operation.type': 'process',
        'messaging.operation.name': 'process',
        'messaging.message.delivery_attempt': attempt,
      },
    },
    sender,
  )
  const startedAt = performance.now()
  if (attempt > 1) counter(jobs.retries).add(destination)
  else histogram(jobs.wait).record(destination, Math.max(0, Date.now() - Number(job.enqueuedAt)) / 1000, span)
  gauge(jobs.slotsBusy).add(destination, 1)

  return context.with(trace.setSpan(sender, span), async () => {
    let failure = ''
    try {
      return await work()
    } catch (error) {
      failure = errorType(error)
      failSpan(span, error)
      throw error
    } finally {
      const seconds = (performance.now() - startedAt) / 1000
      gauge(jobs.slotsBusy).add(destination, -1)
      histogram(jobs.duration).record({ ...destination, error_type: failure }, seconds, span)
      const line = { queue, attempt, duration_ms: Math.round(seconds * 1e6) / 1000 }
      if (failure === '') log.info(line, 'job')
      else log.warn({ ...line, error_type: failure }, 'job failed')
      span.end()
    }
  })
}
