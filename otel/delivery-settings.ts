/** What the two threads of the delivery agree on. */

import { randomUUID } from 'node:crypto'
import { readPairs, resourceAttributes } from './resource.ts'
import { isDisabled } from './sdk-disabled.ts'

export const exportedSignals = ['traces', 'logs', 'metrics'] as const
export type ExportedSignal = (typeof exportedSignals)[number]

/** OTLP over HTTP in either of its forms. */
export const protocols = ['http/json', 'http/protobuf'] as const
type Protocol = (typeof protocols)[number]

export interface DeliverySettings {
  /** Base URL; `/v1/traces` and so on are added. Without it nothing is exported. */
  endpoint?: string
  headers: Record<string, string>
  protocols: Record<ExportedSignal, Protocol>
  gzip: boolean
  timeoutMs: number
  resource: Record<string, string>
  /** Tells the metrics of one process from those of its replicas. */
  instanceId: string
  stdout: boolean
  /** Per signal: items, and bytes of their JSON, that may wait. */
  maxItems: number
  maxQueueBytes: number
  batchItems: number
  /** Longest wait of an item for its export, and of a line for its way to stdout. */
  batchDelayMs: number
  lineDelayMs: number
  maxAttempts: number
  backoffMs: number
  maxBackoffMs: number
  /** From the start of an attempt to the start of the next, unless the attempt itself takes longer. */
  retryWithinMs: number
}

export type ToWorker =
  | { kind: 'lines'; chunk: number; bytes: Uint8Array; count: number; exported: boolean }
  | { kind: 'spans'; scope: string; bytes: Uint8Array; count: number }
  | { kind: 'metrics'; bytes: Uint8Array; count: number }
  | { kind: 'flush'; flush: number; deadlineMs: number }
  | { kind: 'redirect'; endpoint: string }

export type FromWorker =
  | {
      kind: 'settled'
      signal: ExportedSignal
      outcome: 'sent' | 'failed' | 'dropped'
      count: number
      bytes: number
    }
  | { kind: 'flushed'; flush: number }

/** Places in the memory both threads see, readable while one of them is blocked. */
export const shared = { written: 0, closed: 1, online: 2, length: 3 } as const

export function settingsFromEnv(env: Record<string, string | undefined>): DeliverySettings {
  const endpoint = isDisabled(env) ? undefined : readEndpoint(env.OTEL_EXPORTER_OTLP_ENDPOINT)
  const resource = resourceAttributes(env)
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    headers: readPairs(env.OTEL_EXPORTER_OTLP_HEADERS),
    protocols: {
      traces: protocolOf(env, 'TRACES'),
      logs: protocolOf(env, 'LOGS'),
      metrics: protocolOf(env, 'METRICS'),
    },
    gzip: env.OTEL_EXPORTER_OTLP_COMPRESSION === 'gzip',
    timeoutMs: wholeNumber(env, 'OTEL_EXPORTER_OTLP_TIMEOUT', 8000),
    resource,
    instanceId: resource['service.instance.id'] ?? randomUUID(),
    stdout: !['off', 'false', '0'].includes(env.LOG_STDOUT ?? 'on'),
    maxItems: wholeNumber(env, 'TELEMETRY_QUEUE_MAX_ITEMS', 16_384),
    maxQueueBytes: wholeNumber(env, 'TELEMETRY_QUEUE_MAX_BYTES', 16 * 1024 * 1024),
    batchItems: wholeNumber(env, 'TELEMETRY_BATCH_ITEMS', 512),
    batchDelayMs: wholeNumber(env, 'TELEMETRY_BATCH_DELAY_MS', 1000),
    lineDelayMs: 200,
    maxAttempts: 5,
    backoffMs: 500,
    maxBackoffMs: 5000,
    retryWithinMs: 8000,
  }
}

/** One of a signal goes before that of all; any other word has ended the process before this is asked. */
function protocolOf(env: Record<string, string | undefined>, signal: string): Protocol {
  const name = env[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] || env.OTEL_EXPORTER_OTLP_PROTOCOL
  return name === 'http/protobuf' ? name : 'http/json'
}

function readEndpoint(text = ''): string | undefined {
  if (text === '') return undefined
  const url = URL.parse(text)
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw new Error(
      `Cannot read OTEL_EXPORTER_OTLP_ENDPOINT: expected a URL such as http://localhost:4318, got "${text}"`,
    )
  return text.replace(/\/+$/, '')
}

export function wholeNumber(env: Record<string, string | undefined>, name: string, fallback: number): number {
  const text = env[name]
  if (text === undefined || text === '') return fallback
  const value = Number(text)
  if (!Number.isInteger(value) || value <= 0)
    throw new Error(`Cannot read ${name}: expected a whole number above 0, got "${text}"`)
  return value
}
