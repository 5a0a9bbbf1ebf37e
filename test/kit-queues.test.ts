/** The README's files for BullMQ and pg-boss, word for word but for the ports, against a real Redis and a real Postgres. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { runKitService } from '../otel/testing/run-kit-service.ts'
import { blocksOf, root } from './support/documents.ts'
import { findPostgres, findRedis, titled, use, whyMissing } from './support/programs.ts'
import { startPostgres, startRedis } from './support/real-servers.ts'

const desk = mkdtempSync(join(tmpdir(), 'kit-queues-'))
afterAll(() => rmSync(desk, { recursive: true }))

/** A service of the README's file for a package, whose first attempt at a letter fails. */
function writeService(name: string, port: string): string {
  const code = blocksOf('otel/README.md').find(block => block.code.includes(`from '${name}'`))!.code
  const here = (text: string) => text.replaceAll("'./otel/", `'${root}/otel/`)
  const letters = here(code)
    .replace(`'${name}'`, `'${import.meta.resolve(name)}'`)
    .replace(/\b(6379|5432)\b/, port)
  writeFileSync(join(desk, `${name}-letters.ts`), letters)
  const file = join(desk, `${name}.ts`)
  writeFileSync(
    file,
    here(`import { inSpan } from './otel/traces.ts'
      import { send, work } from './${name}-letters.ts'
      let attempts = 0
      await work(async to => {
        if (++attempts === 1) throw new RangeError('no such street as ' + to)
      })
      await inSpan('request', {}, () => send('north'))
      process.send?.({ port: 1, adminPort: 1 })
      process.disconnect?.()
    `),
  )
  return file
}

const servers = [
  { name: 'bullmq', found: findRedis(), start: () => startRedis(use(findRedis()).program) },
  { name: 'pg-boss', found: findPostgres(), start: () => startPostgres(use(findPostgres()).bin) },
]

describe.each(servers)('$name', ({ name, found, start }) => {
  const reason = whyMissing(found)
  test.skipIf(reason !== undefined)(
    titled('a job goes on in the trace of its sender, each attempt with its outcome', reason),
    { timeout: 180_000 },
    async () => {
      const [server, receiver] = [await start(), await startOtlpReceiver()]
      const service = await runKitService(
        {
          OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint,
          OTEL_METRICS_EXPORTER: 'otlp',
          OTEL_METRIC_EXPORT_INTERVAL: '200',
          TELEMETRY_BATCH_DELAY_MS: '50',
        },
        { service: writeService(name, new URL(server.url).port) },
      )
      try {
        const attempts = () => receiver.spans.filter(span => span.name === 'process letters')
        await receiver.waitFor('two attempts', () => attempts().length === 2, 90_000)
        const request = receiver.spans.find(span => span.name === 'request')!
        for (const attempt of attempts())
          expect(attempt).toMatchObject({
            kind: 'consumer',
            traceId: request.traceId,
            parentSpanId: request.spanId,
          })
        expect(attempts().map(span => span.attributes['messaging.message.delivery_attempt'])).toEqual([1, 2])
        expect(attempts().map(span => span.attributes['error.type'])).toEqual(['RangeError', undefined])

        const points = (metric: string) =>
          (receiver.snapshots.at(-1) ?? []).flatMap(({ name, attributes, data }) =>
            name === metric
              ? [[attributes.messaging_destination_name, attributes.error_type, data.count ?? data.asDouble]]
              : [],
          )
        await receiver.waitFor('its metrics', () => points('messaging_process_duration_seconds').length === 2)
        expect(points('messaging_process_duration_seconds')).toEqual([
          ['letters', 'RangeError', '1'],
          ['letters', '', '1'],
        ])
        expect(points('messaging_client_sent_messages_total')).toEqual([['letters', '', 1]])
        expect(points('messaging_process_retries_total')).toEqual([['letters', undefined, 1]])
        expect(points('messaging_process_wait_seconds')).toEqual([['letters', undefined, '1']])
        await receiver.waitFor('its lines', ({ logs }) => logs.some(line => line.body === 'job'))
        expect(receiver.logs.map(line => [line.body, line.traceId])).toEqual([
          ['job failed', request.traceId],
          ['job', request.traceId],
        ])
        service.child.kill('SIGTERM')
        expect(await service.ended).toBe(0)
      } finally {
        service.child.kill('SIGKILL')
        await receiver.stop()
        await server.stop()
      }
    },
  )
})
