/** Requests that no well-meaning client sends: raw bytes, the same for the same seed. */

import { connect } from 'node:net'
import type { Random } from '../../engines/random.ts'

interface OddRequest {
  bytes: Buffer
  /** Sends the bytes and goes away without waiting for an answer. */
  leaves: boolean
  /** Nothing is missing that the server could be waiting for, so it has to answer. */
  isWhole: boolean
}

/** Where each server has something to find. */
interface Target {
  paths: readonly string[]
  /** Beside those that are odd for everybody. */
  bodies?: readonly string[]
}

const methods = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'PROPFIND',
  'get',
  'G T',
]
const endings = [
  '',
  '/',
  '//',
  '/..',
  '/../../etc/passwd',
  '/%00',
  '/%zz',
  '/%2e%2e%2f',
  '?',
  '?a=1&a=2',
  '?a[]=1',
  '/__proto__',
]
const queries = [
  'limit=-1',
  'limit=1e9',
  'q=%F0%9F',
  'query=sum(',
  'match[]={',
  'start=now',
  'step=0',
  'query={',
  'query=%7B%7D+%7C+json&start=9e99&end=-1',
  'q=%7B+.a+=~+"(a*)*b"+%7D',
  'limit=0&direction=sideways',
  'start=1&end=1e18&step=1ms&query=up',
  'filter=a=~"("',
  `q=${'a'.repeat(3000)}`,
  'time=NaN',
]
const bodies = [
  '',
  '{',
  'null',
  '[]',
  '{"a":',
  `${'['.repeat(5000)}`,
  '{"__proto__":{"x":1}}',
  '"\\ud800"',
  'a=b&c',
  '\u0000\u0001',
  'x'.repeat(70_000),
  '{"intensity":1e999}',
  'query=up&time=NaN',
]
const types = [
  'application/json',
  'application/json',
  'application/x-www-form-urlencoded',
  'application/x-protobuf',
  'text/plain',
  'application/json; charset=utf-16',
]
const headers = [
  'content-encoding: gzip',
  'transfer-encoding: chunked',
  'transfer-encoding: gzip, chunked',
  'content-length: 5',
  'content-length: -1',
  'content-length: 99999999999999999999',
  'expect: 100-continue',
  'expect: nothing',
  'connection: upgrade\r\nupgrade: websocket',
  'connection: upgrade\r\nupgrade: h2c',
  'host: evil.example',
  'origin: http://evil.example',
  'sec-fetch-site: cross-site',
  'accept: */*;q=banana',
  'traceparent: 00-00000000000000000000000000000000-0000000000000000-ff',
  `tracestate: ${'a=b,'.repeat(200)}`,
  `baggage: ${'a=b,'.repeat(200)}`,
  'idempotency-key: \u00ff',
  `x-long: ${'y'.repeat(9000)}`,
  'range: bytes=-1',
  'if-none-match: "',
  ': empty',
  'no colon',
]

export function oddRequest(random: Random, { paths, bodies: own = [] }: Target): OddRequest {
  const path = random.pick(paths) + random.pick(endings)
  const target = random.chance(0.3) ? `${path}${path.includes('?') ? '&' : '?'}${random.pick(queries)}` : path
  const version = random.chance(0.05) ? random.pick(['HTTP/1.0', 'HTTP/2.0', 'HTTP/9', '']) : 'HTTP/1.1'
  const body = random.pick(random.chance(0.5) && own.length > 0 ? own : bodies)
  const extra = random.some(headers, 0.04)
  const hasLength = random.chance(0.7)
  const lines = [
    `${random.chance(0.2) ? 'POST' : random.pick(methods)} ${random.chance(0.05) ? `http://user:password@localhost${target}` : target} ${version}`,
    ...(random.chance(0.95) ? ['host: localhost'] : []),
    ...(random.chance(0.6) ? [`content-type: ${random.pick(types)}`] : []),
    ...extra,
    ...(hasLength ? [`content-length: ${Buffer.byteLength(body)}`] : []),
    ...(random.chance(0.5) ? ['connection: close'] : []),
  ]
  let bytes = Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`)
  // Pipelined, cut off, or with a byte that is another one.
  if (random.chance(0.1)) bytes = Buffer.concat([bytes, bytes, bytes])
  const isCut = random.chance(0.1)
  if (isCut) bytes = bytes.subarray(0, random.below(bytes.length))
  const isChanged = random.chance(0.1) && bytes.length > 0
  if (isChanged) bytes[random.below(bytes.length)] = random.below(256)
  const announcesMore = extra.some(header =>
    /^(content-length|transfer-encoding|expect|connection)/.test(header),
  )
  return { bytes, leaves: random.chance(0.1), isWhole: hasLength && !isCut && !isChanged && !announcesMore }
}

interface Outcome {
  /** Of every answer on the connection; none where the server only closed it. */
  statuses: number[]
  /** The server neither answered nor closed in time. */
  isSilent: boolean
  /** Milliseconds to the first byte of an answer, or to the end. */
  took: number
}

/** A client that has sent less than it announced waits no longer than this; the server's deadlines have tests of their own. */
const patienceMs = 100

/** What the server does with the request until it has answered and been quiet for a moment, or closed. */
export function sendOdd(
  port: number,
  { bytes, leaves, isWhole }: OddRequest,
  withinMs: number,
): Promise<Outcome> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1')
    const startedAt = performance.now()
    let took: number | undefined
    let text = ''
    const deadline = setTimeout(() => end(isWhole && text === ''), isWhole ? withinMs : patienceMs)
    let quiet: NodeJS.Timeout | undefined
    function end(isSilent: boolean): void {
      clearTimeout(deadline)
      clearTimeout(quiet)
      socket.destroy()
      resolve({
        statuses: [...text.matchAll(/^HTTP\/1\.1 (\d{3})/gm)].map(([, status]) => Number(status)),
        isSilent,
        took: took ?? performance.now() - startedAt,
      })
    }
    socket.on('error', () => end(false))
    socket.on('close', () => end(false))
    socket.on('data', chunk => {
      text += chunk.toString('latin1')
      took ??= performance.now() - startedAt
      clearTimeout(quiet)
      quiet = setTimeout(() => end(false), 20)
    })
    socket.write(bytes, () => {
      if (leaves) end(false)
    })
  })
}
