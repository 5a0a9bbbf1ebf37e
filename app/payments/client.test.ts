import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { parseExposition } from '../../otel/exposition.ts'
import { exposition } from '../../otel/metrics.ts'
import { resilience } from '../../otel/signals.ts'
import { createPaymentsClient } from './client.ts'

test('a retry that the open breaker refuses is no attempt', async () => {
  const asked: string[] = []
  const server = createServer((request, response) => {
    asked.push(String(request.headers['idempotency-key']))
    request.resume()
    response.writeHead(503).end('{}')
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const pay = createPaymentsClient(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  const call = () =>
    pay({ order: randomUUID(), key: randomUUID(), amount: 100 }).catch((error: Error) => error.name)
  const alone = await call()
  const together = await Promise.all(Array.from({ length: 40 }, call))
  expect(new Set([alone, ...together])).toEqual(new Set(['PaymentsUnavailable']))
  server.close()
  const retries = parseExposition(await exposition('openmetrics')).get(resilience.retries.name)!.samples
  const repeated = asked.length - new Set(asked).size
  expect(repeated).toBeGreaterThan(0)
  expect(repeated).toBeLessThan(asked.length / 2)
  expect(retries[0]!.value).toBe(repeated)
})
