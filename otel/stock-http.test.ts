import { afterEach, expect, test } from 'vitest'
import { type OtlpReceiver, startOtlpReceiver } from './testing/otlp-receiver.ts'
import { type KitService, runKitService } from './testing/run-kit-service.ts'

let receiver: OtlpReceiver
let service: KitService | undefined

afterEach(async () => {
  service?.child.kill('SIGKILL')
  await receiver?.stop()
})

test('with an adapter as well there is one span of a request, and the adapter names its route', async () => {
  receiver = await startOtlpReceiver()
  service = await runKitService(
    { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.endpoint, TELEMETRY_HTTP_SERVER: 'stock' },
    { service: './services/express.ts' },
  )
  await (await fetch(`${service.url}/shops/3/items/9`)).text()
  await receiver.waitFor('two lines', ({ spans, logs }) => spans.length > 0 && logs.length === 2)
  expect(receiver.spans.map(({ name, scope }) => [name, scope])).toEqual([
    ['GET /shops/:shop/items/:item', '@opentelemetry/instrumentation-http'],
  ])
})

test.each([
  [{ TELEMETRY_HTTP_SERVER: 'express' }, 'expected adapter or stock, got "express"'],
  [
    { TELEMETRY_HTTP_SERVER: 'stock', OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'undici' },
    'expected OTEL_NODE_ENABLED_INSTRUMENTATIONS to have http, got "undici"',
  ],
])('%o ends with an error instead of without spans', async (env, message) => {
  await expect(runKitService(env, { service: './services/stock.ts' })).rejects.toThrow(message)
})
