/** The thread behind delivery.ts: lines to stdout, lines and spans to the OTLP endpoint. */

import { write } from 'node:fs'
import { parentPort, workerData } from 'node:worker_threads'
import { createByteBatch } from './byte-batch.ts'
import { type DeliverySettings, type FromWorker, shared, type ToWorker } from './delivery-settings.ts'
import { encodeLine, encodeResource } from './otlp.ts'
import { createExporter } from './otlp-exporter.ts'

const { settings, flags: buffer } = workerData as { settings: DeliverySettings; flags: SharedArrayBuffer }
const flags = new Int32Array(buffer)
const port = parentPort!
const tell = (message: FromWorker) => port.postMessage(message)

const resource = encodeResource(settings.resource)
const instance = encodeResource({ ...settings.resource, 'service.instance.id': settings.instanceId })
const exporter =
  settings.endpoint === undefined
    ? undefined
    : createExporter({ ...settings, endpoint: settings.endpoint }, settledItems =>
        tell({ kind: 'settled', ...settledItems }),
      )

let writing: Promise<void> = Promise.resolve()
let stdoutOpen = settings.stdout
const records = createByteBatch()
let recordBytes = 0
let timer: NodeJS.Timeout | undefined

Atomics.store(flags, shared.online, 1)
port.on('message', (message: ToWorker) => {
  if (message.kind === 'lines') takeLines(message)
  else if (message.kind === 'spans') takeSpans(message)
  else if (message.kind === 'metrics') takeMetrics(message)
  else if (message.kind === 'redirect') exporter?.redirect(message.endpoint)
  else flush(message.flush, message.deadlineMs)
})

function takeSpans({ scope, bytes, count }: Extract<ToWorker, { kind: 'spans' }>): void {
  const body = Buffer.concat([
    Buffer.from(`{"resourceSpans":[{"resource":${resource},"scopeSpans":[{"scope":${scope},"spans":[`),
    bytes,
    Buffer.from(']}]}]}'),
  ])
  exporter?.send('traces', body, count, bytes.length)
}

function takeMetrics({ bytes, count }: Extract<ToWorker, { kind: 'metrics' }>): void {
  const body = Buffer.concat([
    Buffer.from(
      `{"resourceMetrics":[{"resource":${instance},"scopeMetrics":[{"scope":{"name":"otel-kit"},"metrics":[`,
    ),
    bytes,
    Buffer.from(']}]}]}'),
  ])
  exporter?.send('metrics', body, count, bytes.length)
}

function takeLines({ chunk, bytes, count, exported }: Extract<ToWorker, { kind: 'lines' }>): void {
  const lines = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  writing = writing.then(async () => {
    if (stdoutOpen) await writeOut(lines)
    Atomics.store(flags, shared.written, chunk)
    Atomics.notify(flags, shared.written)
    if (exporter === undefined)
      tell({ kind: 'settled', signal: 'logs', outcome: 'sent', count, bytes: lines.length })
  })
  if (!exported) return
  recordBytes += lines.length
  for (const line of lines.toString().split('\n')) if (line !== '') addRecord(encodeLine(line))
  if (records.count() >= settings.batchItems) sendRecords()
  else timer ??= setTimeout(sendRecords, settings.batchDelayMs)
}

function addRecord(record: string): void {
  if (records.append(records.count() === 0 ? record : `,${record}`)) return
  sendRecords()
  records.append(record)
}

function sendRecords(): void {
  clearTimeout(timer)
  timer = undefined
  const count = records.count()
  if (count === 0) return
  const body = Buffer.concat([
    Buffer.from(
      `{"resourceLogs":[{"resource":${resource},"scopeLogs":[{"scope":{"name":"pino"},"logRecords":[`,
    ),
    records.take(),
    Buffer.from(']}]}]}'),
  ])
  exporter?.send('logs', body, count, recordBytes)
  recordBytes = 0
}

async function flush(id: number, deadlineMs: number): Promise<void> {
  sendRecords()
  // A stdout that nobody reads is not waited for either.
  const late = new Promise(resolve => setTimeout(resolve, deadlineMs).unref())
  await Promise.all([Promise.race([writing, late]), exporter?.drain(deadlineMs)])
  tell({ kind: 'flushed', flush: id })
}

/** Waits for a full pipe; a reader that has gone away ends the writing, not the service. */
async function writeOut(bytes: Buffer): Promise<void> {
  let rest = bytes
  while (rest.length > 0) {
    if (Atomics.load(flags, shared.closed) === 1) return
    try {
      rest = rest.subarray(await writeSome(rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        stdoutOpen = false
        return
      }
      await new Promise(resolve => setTimeout(resolve, 10))
    }
  }
}

function writeSome(bytes: Buffer): Promise<number> {
  return new Promise((resolve, reject) =>
    write(1, bytes, (error, written) => (error ? reject(error) : resolve(written))),
  )
}
