/**
 * A wrong address may lead a command to any server: what that answers ends it with 1 and a sentence, never with a stack,
 * a request elsewhere, a sequence the terminal obeys, or not at all.
 */

import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { main as checkQueries } from './check-queries.ts'
import { main as fault } from './fault.ts'
import { main as load } from './load.ts'
import { main as publish } from './publish.ts'

const json = { 'content-type': 'application/json' }
const nested = '['.repeat(100_000) + ']'.repeat(100_000)
const escapes = '\u001b[2J\u009b31mgone\u202e'
let elsewhere: Server
let askedElsewhere = 0

const answers: Record<string, RequestListener> = {
  'a redirect to another port': ({ url }, response) => {
    const { port } = elsewhere.address() as AddressInfo
    response.writeHead(307, { location: `http://127.0.0.1:${port}${url}` }).end()
  },
  'JSON that is too deep': (_, response) => response.writeHead(200, json).end(nested),
  'the same inside': (_, response) => response.writeHead(200, json).end(`{"data":{"result":${nested}}}`),
  'no JSON, though it says so': (_, response) => response.writeHead(200, json).end('{"data":'),
  'an answer without an end': (_, response) => {
    response.writeHead(200, json)
    const write = () => {
      while (!response.destroyed && response.write(' '.repeat(1 << 20))) {}
    }
    response.on('drain', write)
    write()
  },
  'sequences for a terminal': (_, response) =>
    response.writeHead(500, json).end(JSON.stringify({ message: escapes, error: escapes })),
  'the same as they come': (_, response) =>
    response.writeHead(400, { 'content-type': 'text/plain' }).end(escapes),
}

beforeAll(async () => {
  elsewhere = createServer((_, response) => {
    askedElsewhere++
    response.writeHead(200, json).end('{"data":{"result":[]},"products":[],"endsAt":"2026-01-01T00:00:00Z"}')
  }).listen(0, '127.0.0.1')
  await once(elsewhere, 'listening')
})
afterAll(() => void elsewhere.close())
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

test.each(Object.keys(answers))('%s', async what => {
  const server = createServer(answers[what]!).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  vi.stubEnv('PAYMENTS_ADMIN_PORT', String(port))
  vi.stubEnv('GRAFANA_TOKEN', 'token')
  let output = ''
  const keep = (text: unknown) => {
    output += `${text instanceof Error ? text.stack : text}\n`
  }
  vi.spyOn(console, 'log').mockImplementation(keep)
  vi.spyOn(console, 'error').mockImplementation(keep)
  const codes = [
    await checkQueries(['--prometheus', url, '--only', 'overview']),
    await publish(['--grafana', url]),
    await fault(['start', 'payments-down']),
    await load(['--url', url, '--duration', '1s', '--metrics-port', '0']),
  ]
  server.close()
  server.closeAllConnections()
  expect(codes, output).toEqual([1, 1, 1, 1])
  expect(output).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m)
  expect(output.replaceAll(/[\n\t]/g, '')).not.toMatch(/[\p{Cc}\u202e]/u)
  expect(output.length).toBeLessThan(10_000)
  expect(askedElsewhere).toBe(0)
})
