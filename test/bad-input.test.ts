/** Whatever comes from outside is answered with a 4xx that says what was expected; nothing breaks and nothing leaks. */

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpServer } from '../otel/signals.ts'
import { cases } from './support/bad-input-cases.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, type LabRole, roles, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'
import { placeOrder } from './support/shop-client.ts'

const secret = 'Bearer s3cr3t-t0k3n-of-a-customer'

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab?.stop())

test.each(cases)('$to: $what', async ({ to, method = 'GET', path, headers, body = '', status, says }) => {
  const [role, port] = to.split(' ') as [LabRole, 'admin' | undefined]
  const usual: Record<string, string> = port === 'admin' ? { 'content-type': 'application/json' } : {}
  const answer = await raw(
    port === 'admin' ? lab[role].adminUrl : lab[role].url,
    method,
    path,
    { ...(headers ?? usual), authorization: secret },
    body,
  )
  expect([status].flat(), answer.text).toContain(answer.status)
  if (answer.status === 200) return
  const { error, message, ...rest } = JSON.parse(answer.text) as Record<string, unknown>
  expect(error).toMatch(/^\w+$/)
  expect(message).toMatch(says ?? /./)
  expect(String(message)).not.toMatch(/at .*\.ts:|node_modules|SELECT|syntax error/)
  expect(rest).toEqual({})
})

describe('what is not even a request', () => {
  test.each([
    [
      'a header larger than 16 KiB',
      `GET /products HTTP/1.1\r\nhost: localhost\r\nbig: ${'a'.repeat(40_000)}\r\n\r\n`,
      431,
    ],
    [
      'thousands of headers',
      `GET /products HTTP/1.1\r\nhost: localhost\r\n${Array.from({ length: 5000 }, (_, i) => `h${i}: 1`).join('\r\n')}\r\n\r\n`,
      431,
    ],
    ['no HTTP', 'hello there\r\n\r\n', 400],
    [
      'two lengths',
      'POST /orders HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
    ],
    ['no host', 'GET /products HTTP/1.1\r\nconnection: close\r\n\r\n', 400],
  ])('%s', async (_, bytes, status) => {
    for (const url of [lab.shop.url, lab.shop.adminUrl]) {
      const answer = await send(url, bytes)
      expect(answer, url).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    }
  })

  test.each([
    [
      'headers',
      431,
      `GET / HTTP/1.1\r\nhost: localhost\r\nbig: ${'a'.repeat(40_000)}\r\n\r\n`,
      /^HTTP\/1.1 431 Request Header Fields Too Large\r\n/,
      /at most 16384 bytes of headers/,
    ],
    ['grammar', 400, 'hello there\r\n\r\n', /^HTTP\/1.1 400 Bad Request\r\n/, /well-formed HTTP/],
    [
      'patience',
      408,
      'GET / HTTP/1.1\r\nhost: localhost\r\nslow: ',
      /^HTTP\/1.1 408 Request Timeout\r\n/,
      /all of it within 10 s/,
    ],
  ])('%s: %i says what was expected', async (_, status, bytes, start, message) => {
    const answer = await send(lab.shop.url, bytes, 25_000)
    expect(answer).toMatch(start)
    const body = JSON.parse(answer.split('\r\n\r\n')[1]!) as { error: string; message: string }
    expect(body).toEqual({
      error: expect.stringMatching(/^[a-z_]+$/),
      message: expect.stringMatching(message),
    })
    expect(status).toBe(Number(answer.split(' ')[1]))
  })

  test.each([
    ['no host', 'GET /products HTTP/1.1\r\nconnection: close\r\n\r\n', 'GET', 400, '/products'],
    [
      'a path that cannot be decoded',
      'GET /%ZZ HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n',
      'GET',
      400,
    ],
    ['no HTTP', 'hello there\r\n\r\n', '_OTHER', 400],
    [
      'a header too large',
      `GET / HTTP/1.1\r\nhost: localhost\r\nbig: ${'a'.repeat(40_000)}\r\n\r\n`,
      '_OTHER',
      431,
    ],
  ])('%s is counted, once', async (_, bytes, method, status, route = 'unmatched') => {
    const count = () =>
      totalOf(lab.shop, httpServer.duration, {
        http_route: route,
        http_request_method: method,
        http_response_status_code: String(status),
      })
    const before = await count()
    expect(await send(lab.shop.url, bytes)).toMatch(`HTTP/1.1 ${status} `)
    await eventually(async () => expect(await count()).toBe(before + 1))
  })

  test('a client that goes away in the middle of its body', async () => {
    const socket = connect(Number(new URL(lab.shop.url).port), '127.0.0.1')
    socket.write(
      'POST /orders HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"custo',
    )
    await new Promise(resolve => setTimeout(resolve, 100))
    socket.destroy()
    expect((await placeOrder(lab.shop.url)).status).toBe(201)
  })
})

test('after all of it the processes are the same, work, and have said nothing secret', async () => {
  expect((await placeOrder(lab.shop.url)).status).toBe(201)
  for (const role of roles) {
    expect(lab[role].child.exitCode, role).toBeNull()
    const said = JSON.stringify(lab[role].lines()) + lab[role].stderr()
    expect(said).not.toContain('s3cr3t')
    const errors = lab[role]
      .lines()
      .filter(line => typeof line === 'object' && (line.level === 'error' || line.level === 'fatal'))
    expect(errors, role).toEqual([])
  }
})

/** As it is written: fetch would correct the path and refuse some headers. */
async function raw(url: string, method: string, path: string, headers: Record<string, string>, body: string) {
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    value === '' ? [] : [`${name}: ${value}`],
  )
  const head = [
    `${method} ${path.replaceAll(' ', '%20')} HTTP/1.1`,
    ...(headers.host === undefined ? ['host: localhost'] : []),
    'connection: close',
    ...lines,
  ]
  if (body !== '') head.push(`content-length: ${Buffer.byteLength(body)}`)
  const answer = await send(url, `${head.join('\r\n')}\r\n\r\n${body}`)
  const [start = '', ...rest] = answer.split('\r\n\r\n')
  const text = rest.join('\r\n\r\n')
  const isChunked = /^transfer-encoding: chunked/im.test(start)
  return {
    status: Number(start.split(' ')[1]),
    text: isChunked ? text.replaceAll(/^[0-9a-f]+\r\n|\r\n(?:0\r\n\r\n)?$/gim, '') : text,
  }
}

function send(url: string, bytes: string, patienceMs = 5000): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('utf8').setTimeout(patienceMs, () => socket.destroy())
    socket.on('data', text => {
      received += text
    })
    socket.on('error', error => (received === '' ? reject(error) : resolve(received)))
    socket.on('close', () => resolve(received))
  })
}
