import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { allowedHosts, boundServer, createGuard, serverOptions } from './guard.ts'

const guard = createGuard({ hosts: allowedHosts({ ALLOWED_HOSTS: 'shop, Shop.Internal' }) })
const server = createServer({ ...serverOptions, connectionsCheckingInterval: 50 }, (request, response) => {
  const refused = guard(request)
  response.writeHead(refused?.status ?? 200)
  response.end(refused?.message ?? (request.url === '/large' ? Buffer.alloc(20e6) : undefined))
})
boundServer(server, { headersMs: 500, requestMs: 1000, unreadMs: 1000, connections: 20 })
let port: number

beforeAll(async () => {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = (server.address() as AddressInfo).port
})
afterAll(() => server.close())

const json = { 'content-type': 'application/json' }
const evil = { host: 'evil.example', origin: 'http://evil.example' }

test.each<[string, string, Record<string, string>, number]>([
  ['reading under a loopback name', 'GET', { host: 'localhost:9464' }, 200],
  ['reading under an address', 'GET', { host: '127.0.0.1' }, 200],
  ['reading under the IPv6 address', 'GET', { host: '[::1]:80' }, 200],
  ['a name that was allowed', 'GET', { host: 'shop:9464' }, 200],
  ['a name that was allowed in other case', 'GET', { host: 'SHOP.internal' }, 200],
  ['a name that points here', 'GET', evil, 421],
  ['a name that ends like ours', 'GET', { host: 'localhost.evil.example' }, 421],
  ['the address of another machine', 'GET', { host: '192.0.2.1' }, 421],
  ['a change under a name that points here', 'POST', { ...evil, ...json }, 421],
  ['a change from a page of ours', 'POST', { host: 'localhost', origin: 'http://localhost', ...json }, 200],
  ['a change from another port', 'POST', { host: 'localhost', origin: 'http://localhost:1', ...json }, 403],
  ['a change from another site', 'POST', { host: 'localhost', origin: 'http://evil.example', ...json }, 403],
  ['a change from a sandboxed page', 'POST', { host: 'localhost', origin: 'null', ...json }, 403],
  ['an image of another site', 'GET', { host: 'localhost', 'sec-fetch-site': 'cross-site' }, 403],
  [
    'a link from another site',
    'GET',
    {
      host: 'localhost',
      'sec-fetch-site': 'cross-site',
      'sec-fetch-mode': 'navigate',
      'sec-fetch-dest': 'document',
    },
    200,
  ],
  ['a form', 'POST', { host: 'localhost', 'content-type': 'text/plain' }, 415],
  ['a change that says nothing of its type', 'POST', { host: 'localhost' }, 415],
  [
    'JSON with a charset',
    'PUT',
    { host: 'localhost', 'content-type': 'application/json; charset=utf-8' },
    200,
  ],
  ['removing something', 'DELETE', { host: 'localhost' }, 200],
])('%s: %s', async (_, method, headers, status) => {
  const sent = httpRequest({ port, host: '127.0.0.1', method, headers, agent: false })
  sent.end()
  const [answer] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
  answer.resume()
  expect(answer.statusCode).toBe(status)
})

test('a program that names no host, as HTTP/1.0 allows, is answered', async () => {
  const socket = connect(port, '127.0.0.1')
  socket.end('GET / HTTP/1.0\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  expect(String(answer)).toContain('200 OK')
})

describe('slow clients', () => {
  const open = async (count: number, start: string): Promise<Socket[]> => {
    const sockets = Array.from({ length: count }, () => connect(port, '127.0.0.1'))
    for (const socket of sockets) socket.on('error', () => {})
    await Promise.all(sockets.map(socket => once(socket, 'connect')))
    for (const socket of sockets) socket.write(start)
    return sockets
  }

  test('keep nobody out: past the bound the one that is idle for longest goes', async () => {
    const slow = await open(60, 'GET / HTTP/1.1\r\nHost: local')
    const answer = await fetch(`http://127.0.0.1:${port}/`)
    expect(answer.status).toBe(200)
    for (const socket of slow) socket.destroy()
  })

  test.each([
    ['half a head', 'GET / HTTP/1.1\r\nHost: local'],
    ['half a body', 'POST / HTTP/1.1\r\nHost: localhost\r\ncontent-length: 10\r\n\r\nhalf'],
  ])('are closed at the deadline: %s', async (_, start) => {
    const sockets = await open(5, start)
    for (const socket of sockets) socket.resume()
    await Promise.all(sockets.map(socket => (socket.closed ? undefined : once(socket, 'close'))))
  })

  test('that do not read their answers are closed, so that they keep nobody out', async () => {
    const sockets = await open(20, 'GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n')
    await Promise.all(sockets.map(socket => once(socket, 'readable')))
    await expect
      .poll(
        () =>
          fetch(`http://127.0.0.1:${port}/`)
            .then(({ status }) => status)
            .catch(() => 0),
        {
          timeout: 8000,
        },
      )
      .toBe(200)
    for (const socket of sockets) socket.destroy()
  })
})
