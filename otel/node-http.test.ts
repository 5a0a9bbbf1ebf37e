import { createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { setRoute } from './http.ts'
import { httpServerTelemetry } from './node-http.ts'
import { type KeptSpans, keepSpans } from './testing/in-process-telemetry.ts'
import { type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.ts'
import { type KitService, runKitService } from './testing/run-kit-service.ts'

let spans: KeptSpans
let receiver: OtlpReceiver | undefined
let service: KitService | undefined

beforeAll(() => {
  spans = keepSpans()
})

afterEach(async () => {
  service?.child.kill('SIGKILL')
  await receiver?.stop()
})

test('a request over TLS is observed as https', async () => {
  // A shared key needs no certificate.
  const psk = Buffer.alloc(16, 7)
  const tls = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
  const server = createServer(
    { ...tls, pskCallback: () => psk },
    httpServerTelemetry((incoming, response) => {
      setRoute(incoming, '/orders/:id')
      response.end()
    }),
  )
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const options = {
    ...tls,
    port,
    path: '/orders/7',
    agent: false,
    checkServerIdentity: () => undefined,
    pskCallback: () => ({ psk, identity: 'test' }),
  } as const
  const status = await new Promise((resolve, reject) => {
    request(options)
      .on('response', answer => answer.resume().on('end', () => resolve(answer.statusCode)))
      .on('error', reject)
      .end()
  })
  server.close()
  expect(status).toBe(200)
  await expect.poll(() => spans.named('GET /orders/:id')?.attributes).toMatchObject({ 'url.scheme': 'https' })
})

test('an error that ends the process takes its own request into every signal first', async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService(
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint },
    { service: './services/node-http.ts' },
  )
  await expect(fetch(`${service.url}/uncaught`)).rejects.toThrow()
  expect(await service.ended).toBe(1)
  await receiver.waitFor('the span', ({ spans: received }) => received.length === 1)
  expect(receiver.spans[0]).toMatchObject({
    name: 'GET unmatched',
    status: 'error',
    attributes: { 'http.response.status_code': 500, 'error.type': 'ENOSPC' },
  })
  const { traceId } = receiver.spans[0]!
  const lines = service.lines().filter(line => typeof line !== 'string')
  expect(lines.map(({ level, trace_id }) => [level, trace_id])).toEqual([
    ['error', traceId],
    ['fatal', traceId],
  ])
})
