/** Whatever comes from outside is answered with a 4xx that says what was expected; nothing breaks and nothing leaks. */

import { connect } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { httpServer } from '../otel/signals.ts'
import { eventually } from './eventually.ts'
import { type Lab, type LabRole, roles, startLab } from './lab-processes.ts'
import { totalOf } from './metrics-of.ts'
import { placeOrder } from './shop-client.ts'

const secret = 'Bearer s3cr3t-t0k3n-of-a-customer'

interface Case {
  what: string
  to: `${LabRole}` | `${LabRole} admin`
  method?: string
  path: string
  headers?: Record<string, string>
  body?: string
  status: number | readonly number[]
  /** A part of the message. */
  says?: string | RegExp
}

const json = { 'content-type': 'application/json' }
const keyed = { ...json, 'idempotency-key': 'a-key-for-bad-input' }
const order = (change: object) =>
  JSON.stringify({ customer: 'ada', items: [{ product: 1, quantity: 1 }], ...change })
const post = (what: string, body: string, says: string | RegExp, status: Case['status'] = 400): Case => ({
  what,
  to: 'shop',
  method: 'POST',
  path: '/orders',
  headers: keyed,
  body,
  status,
  says,
})
const look = (path: string, says: string | RegExp, status: Case['status'] = 400): Case => ({
  what: path.length > 60 ? `${path.slice(0, 60)}…` : path,
  to: 'shop',
  path,
  status,
  says,
})

const cases: Case[] = [
  look('/products?page=0', /page: expected a whole number from 1 to .*, got "0"/),
  look('/products?page=-1', /got "-1"/),
  look('/products?page=1.5', /got "1.5"/),
  look('/products?page=99999999999999999999', /page/),
  look('/products?page=1&page=2', /page.*got a list/),
  look('/products?size=101', /size: expected a whole number from 1 to 100, got "101"/),
  look('/products?size=', /size/),
  look('/products?size=NaN', /got "NaN"/),
  look('/products?size=1;DROP TABLE products', /size/),
  look('/products/0', /id: expected/),
  look('/products/abc', /got "abc"/),
  look('/products/1e3', /got "1e3"/),
  look('/products/2147483648', /id/),
  look('/products/10001', /No such product: 10001/, 404),
  look('/products/1%00', /id/),
  look('/products/%zz', /./),
  look(`/products/${'9'.repeat(500)}`, /./, [400, 404, 414]),
  look('/products/../../etc/passwd', /No such path/, 404),
  look('/..%2f..%2fetc%2fpasswd', /No such path/, 404),
  look('/products/..%2f..%2fetc%2fpasswd', /id: expected/),
  look('/products/10001/recommendations', /No such product/, 404),
  look('/search', /q: expected text of .* got nothing/),
  look('/search?q=', /q: expected/),
  look('/search?q=%00%00', /q: expected/),
  look(`/search?q=${'a'.repeat(101)}`, /q: expected/),
  look('/search?q=one&q=two', /got a list/),
  look('/search?q=%ff%fe', /./, [200, 400]),
  look('/search?q=%27%3B%20DROP%20TABLE%20products%3B--', /.*/, 200),
  look('/orders/1', /id: expected a UUID, got "1"/),
  look('/orders/00000000-0000-4000-8000-000000000000', /No such order/, 404),
  look('/orders/export?limit=0', /limit/),
  look('/nowhere', /No such path/, 404),
  { what: 'a method no route has', to: 'shop', method: 'DELETE', path: '/products/1', status: [404, 405] },
  post('malformed JSON', '{"customer": "ada", "items": [', /JSON/i),
  post('an empty body', '', /body/i),
  post('null', 'null', /the body: expected an object, got null/),
  post('a list', '[]', /got a list/),
  post('a number', '42', /got 42/),
  post('an unknown field', order({ discount: 1 }), /got "discount"/),
  post('a prototype', '{"__proto__": {"admin": true}, "customer": "ada", "items": []}', /./),
  post('no items', order({ items: [] }), /items: expected a list of 1 to/),
  post('items that are text', order({ items: 'all' }), /items/),
  post(
    'too many items',
    order({ items: Array.from({ length: 200 }, (_, i) => ({ product: i + 1, quantity: 1 })) }),
    /items/,
  ),
  post(
    'the same product twice',
    order({
      items: [
        { product: 1, quantity: 1 },
        { product: 1, quantity: 1 },
      ],
    }),
    /once/,
  ),
  post('a quantity of 0', order({ items: [{ product: 1, quantity: 0 }] }), /quantity/),
  post('a negative quantity', order({ items: [{ product: 1, quantity: -5 }] }), /got -5/),
  post('a fractional quantity', order({ items: [{ product: 1, quantity: 1.5 }] }), /got 1.5/),
  post('a huge quantity', '{"customer":"ada","items":[{"product":1,"quantity":1e308}]}', /quantity/),
  post(
    'a product that is an object',
    order({ items: [{ product: { $gt: 0 }, quantity: 1 }] }),
    /got an object/,
  ),
  post('a customer with a NUL byte', order({ customer: 'a\u0000b' }), /customer/),
  post(
    'a customer with half a character',
    '{"customer":"\\ud800","items":[{"product":1,"quantity":1}]}',
    /customer/,
  ),
  post('an endless customer', order({ customer: 'a'.repeat(1000) }), /customer: expected text of 1 to 100/),
  post(
    'an unknown product',
    order({ items: [{ product: 999_999, quantity: 1 }] }),
    /No such product: 999999/,
    [404, 422],
  ),
  post('more than 64 KiB', order({ customer: 'a'.repeat(70_000) }), /./, 413),
  { ...post('no idempotency-key', order({}), /idempotency-key: expected.*got nothing/), headers: json },
  {
    ...post('an idempotency-key of one letter', order({}), /idempotency-key/),
    headers: { ...json, 'idempotency-key': 'x' },
  },
  {
    ...post('an idempotency-key with other characters', order({}), /idempotency-key/),
    headers: { ...json, 'idempotency-key': 'key with spaces <script>' },
  },
  {
    ...post('another content type', '<order/>', /./, 415),
    headers: { ...keyed, 'content-type': 'application/xml' },
  },
  {
    ...post('no content type', order({}), /./, [400, 415]),
    headers: { 'idempotency-key': 'a-key-for-bad-input', 'content-type': '' },
  },
  {
    what: 'an authorization without a body',
    to: 'payments',
    method: 'POST',
    path: '/authorizations',
    headers: keyed,
    status: 400,
  },
  {
    what: 'an authorization of a negative amount',
    to: 'payments',
    method: 'POST',
    path: '/authorizations',
    headers: keyed,
    body: '{"order": "x", "amount": -1}',
    status: 400,
    says: /amount/,
  },
  { what: 'an unknown path of payments', to: 'payments', path: '/authorizations/1', status: 404 },
  {
    what: 'too many dead letters',
    to: 'worker',
    method: 'POST',
    path: '/dead-letters/retry?limit=0',
    status: 400,
    says: /limit/,
  },
  {
    what: 'malformed JSON for dead letters',
    to: 'worker',
    method: 'POST',
    path: '/dead-letters/retry',
    headers: json,
    body: '{',
    status: 400,
  },
  { what: 'an unknown path of the worker', to: 'worker', path: '/queues/x', status: 404 },
  {
    what: 'an unknown fault',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/no-such-fault',
    status: 404,
    says: /expected one of/,
  },
  {
    what: 'a fault of another process',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/slow-consumer',
    status: 404,
  },
  {
    what: 'a fault aimed at nothing',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/error-ratio',
    body: '{"target": "/nowhere"}',
    status: 400,
    says: /expected/,
  },
  {
    what: 'a fault beyond its range',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/error-ratio',
    body: '{"intensity": 2}',
    status: 400,
    says: /expected 0.001 to 1/,
  },
  {
    what: 'a fault without end',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/error-ratio',
    body: '{"duration": 1e9}',
    status: 400,
    says: /duration/,
  },
  {
    what: 'an intensity that is text',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/error-ratio',
    body: '{"intensity": "much"}',
    status: 400,
    says: /number/,
  },
  {
    what: 'a fault of malformed JSON',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/error-ratio',
    body: '{',
    status: 400,
    says: /JSON/,
  },
  {
    what: 'a fault named with a bad escape',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/%zz',
    status: 400,
  },
  {
    what: 'an oversized admin body',
    to: 'shop admin',
    method: 'POST',
    path: '/faults/error-ratio',
    body: `"${'a'.repeat(100_000)}"`,
    status: 413,
  },
  {
    what: 'an unknown log level',
    to: 'shop admin',
    method: 'PUT',
    path: '/log-level',
    body: '{"level": "loud"}',
    status: 400,
    says: /loud/,
  },
  {
    what: 'a log level that is a number',
    to: 'shop admin',
    method: 'PUT',
    path: '/log-level',
    body: '{"level": 3}',
    status: 400,
  },
  { what: 'an unknown admin path', to: 'worker admin', path: '/metrics/../secrets', status: 404 },
  {
    what: 'an admin method nobody has',
    to: 'payments admin',
    method: 'DELETE',
    path: '/health/live',
    status: 405,
  },
]

let lab: Lab

beforeAll(async () => {
  lab = await startLab()
})
afterAll(() => lab?.stop())

test.each(cases)(
  '$to: $what',
  async ({ to, method = 'GET', path, headers = {}, body = '', status, says }) => {
    const [role, port] = to.split(' ') as [LabRole, 'admin' | undefined]
    const answer = await raw(
      port === 'admin' ? lab[role].adminUrl : lab[role].url,
      method,
      path,
      { ...headers, authorization: secret },
      body,
    )
    expect([status].flat(), answer.text).toContain(answer.status)
    if (answer.status === 200) return
    const { error, message, ...rest } = JSON.parse(answer.text) as Record<string, unknown>
    expect(error).toMatch(/^\w+$/)
    expect(message).toMatch(says ?? /./)
    expect(String(message)).not.toMatch(/at .*\.ts:|node_modules|SELECT|syntax error/)
    expect(rest).toEqual({})
  },
)

describe('what is not even a request', () => {
  test.each([
    [
      'a header larger than 16 KiB',
      `GET /products HTTP/1.1\r\nhost: x\r\nbig: ${'a'.repeat(40_000)}\r\n\r\n`,
      431,
    ],
    [
      'thousands of headers',
      `GET /products HTTP/1.1\r\nhost: x\r\n${Array.from({ length: 5000 }, (_, i) => `h${i}: 1`).join('\r\n')}\r\n\r\n`,
      431,
    ],
    ['no HTTP', 'hello there\r\n\r\n', 400],
    [
      'two lengths',
      'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab',
      400,
    ],
    ['no host', 'GET /products HTTP/1.1\r\n\r\n', 400],
  ])('%s', async (_, bytes, status) => {
    for (const url of [lab.shop.url, lab.shop.adminUrl]) {
      const answer = await send(url, bytes)
      expect(answer, url).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    }
  })

  test.each([
    [
      'a path that cannot be decoded',
      'GET /%ZZ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n',
      'GET',
      400,
    ],
    ['no HTTP', 'hello there\r\n\r\n', '_OTHER', 400],
    ['a header too large', `GET / HTTP/1.1\r\nhost: x\r\nbig: ${'a'.repeat(40_000)}\r\n\r\n`, '_OTHER', 431],
  ])('%s is counted, once', async (_, bytes, method, status) => {
    const count = () =>
      totalOf(lab.shop, httpServer.duration, {
        http_route: 'unmatched',
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
      'POST /orders HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{"custo',
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
    'host: shop',
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

function send(url: string, bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let received = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.setEncoding('utf8').setTimeout(5000, () => socket.destroy())
    socket.on('data', text => {
      received += text
    })
    socket.on('error', error => (received === '' ? reject(error) : resolve(received)))
    socket.on('close', () => resolve(received))
  })
}
