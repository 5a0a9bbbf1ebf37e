import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_LEVEL = 'silent'
})

import { parseExposition } from './exposition.ts'
import { observeHttpClient } from './http-client.ts'
import { exposition } from './metrics.ts'

let server: Server
let port: number
let stop: () => void

beforeAll(async () => {
  stop = observeHttpClient()
  server = createServer(async (request, response) => {
    if (request.url === '/hang') return
    response.statusCode = Number(request.url?.slice(1))
    response.write('start')
    await new Promise(resolve => setTimeout(resolve, 100))
    response.end('end')
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  port = (server.address() as AddressInfo).port
})

afterAll(() => {
  stop()
  server.closeAllConnections()
  server.close()
})

const series = async () =>
  parseExposition(await exposition('openmetrics')).get('http_client_request_duration_seconds')?.samples ?? []
const only = async (labels: Record<string, string>, part: string) =>
  (await series()).find(
    sample =>
      sample.name.endsWith(part) &&
      Object.entries(labels).every(([name, value]) => sample.labels[name] === value),
  )

test.each([
  ['GET', 200, ''],
  ['POST', 201, ''],
  ['GET', 404, '404'],
  ['DELETE', 503, '503'],
])('%s answered with %i is one observation to the end of the response', async (method, status, failure) => {
  await (await fetch(`http://127.0.0.1:${port}/${status}`, { method })).text()
  const labels = { http_request_method: method, http_response_status_code: String(status) }
  expect((await only(labels, '_count'))?.labels).toMatchObject({
    server_address: '127.0.0.1',
    server_port: String(port),
    error_type: failure,
  })
  expect((await only(labels, '_sum'))?.value).toBeGreaterThan(0.09)
})

test('an attempt that was given up or refused is counted with what ended it', async () => {
  await expect(fetch(`http://127.0.0.1:${port}/hang`, { signal: AbortSignal.timeout(50) })).rejects.toThrow()
  const closed = createServer()
  await new Promise<void>(resolve => closed.listen(0, '127.0.0.1', resolve))
  const closedPort = (closed.address() as AddressInfo).port
  await new Promise(resolve => closed.close(resolve))
  await expect(fetch(`http://127.0.0.1:${closedPort}/`)).rejects.toThrow()
  expect((await only({ error_type: 'TimeoutError' }, '_count'))?.value).toBe(1)
  expect((await only({ server_port: String(closedPort) }, '_count'))?.labels).toMatchObject({
    http_response_status_code: '',
    error_type: 'ECONNREFUSED',
  })
})
