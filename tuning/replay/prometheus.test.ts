/** A server that breaks, is slow or answers nonsense: one clear error, nothing half-written, and it goes on where it was. */
import { once } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, expect, test } from 'vitest'
import { checkServer, fetchPieces } from './prometheus.ts'

const folder = mkdtempSync(join(tmpdir(), 'pieces-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeEach(() => {
  rmSync(folder, { recursive: true })
})

const samples = (values: unknown, metric: unknown = { status: '200' }) =>
  JSON.stringify({ status: 'success', data: { resultType: 'matrix', result: [{ metric, values }] } })
const hour = 3600

interface Answer {
  status?: number
  body: string
}

/** Undefined is no answer at all. */
async function withServer(
  answer: (number: number, length: number, end: number) => Answer | undefined,
  use: (url: string, asked: () => number) => Promise<void>,
) {
  let count = 0
  const server = createServer(async (request, response) => {
    let body = ''
    for await (const chunk of request) body += chunk
    const question = new URLSearchParams(body)
    const length = Number(/\[(\d+)ms\]/.exec(question.get('query')!)?.[1]) / 1000
    const given = answer(++count, length, Number(question.get('time')))
    if (given !== undefined) response.writeHead(given.status ?? 200).end(given.body)
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, () => count)
  } finally {
    server.closeAllConnections()
    server.close()
  }
}

/** Four pieces of six hours. */
async function fetchDay(url: string, patience = 10) {
  const found: number[] = []
  const source = { url, cache: folder, from: 86_400_000, to: 2 * 86_400_000, patience }
  for await (const { piece } of fetchPieces(source, ['{__name__="up"}'], () => {}))
    found.push(...piece.flatMap(({ times }) => times))
  return found
}

const kept = () =>
  readdirSync(folder, { recursive: true })
    .map(String)
    .filter(name => name.includes('.json'))

const refused = (url: string, got: string) =>
  `Cannot read {__name__="up"} from ${url}: expected samples from Prometheus' API at /api/v1/query, got ${got}`

test.each<[what: string, body: string]>([
  ['text', '<html>'],
  ['an empty object', '{}'],
  ['null', 'null'],
  ['a list for labels', samples([[1, '1']], ['up'])],
  ['a label that is a number', samples([[1, '1']], { code: 200 })],
  ['a value that is no number', samples([[1, 'many']])],
  ['a value without its quotes', samples([[1, 1]])],
  ['a time that is no number', samples([['now', '1']])],
  ['no list of values', samples('none')],
])('%s in place of samples', async (_, wrong) => {
  await withServer(
    (number, _, end) => ({ body: number === 3 ? wrong : samples([[end, 'NaN']]) }),
    async (url, asked) => {
      await expect(fetchDay(url)).rejects.toThrow(refused(url, 'HTTP 200 with no samples'))
      expect(kept()).toHaveLength(2)
      expect(kept().filter(name => !name.endsWith('.json'))).toEqual([])
      expect(await fetchDay(url)).toHaveLength(4)
      // Of the second time only what was missing was asked.
      expect(asked()).toBe(5)
    },
  )
})

test('an error of the server is told in its words, and one that passes is tried again', async () => {
  await withServer(
    () => ({ status: 400, body: JSON.stringify({ status: 'error', error: 'no such tenant' }) }),
    url => expect(fetchDay(url)).rejects.toThrow(refused(url, 'no such tenant')),
  )
  await withServer(
    (number, _, end) => (number === 1 ? { status: 503, body: 'starting' } : { body: samples([[end, '1']]) }),
    async (url, asked) => {
      expect(await fetchDay(url)).toHaveLength(4)
      expect(asked()).toBe(5)
    },
  )
})

test('what is too slow is asked for less, and in the end given up', async () => {
  await withServer(
    (_, length, end) => (length > 2 * hour ? undefined : { body: samples([[end, '1']]) }),
    async url => expect(await fetchDay(url, 0.2)).toHaveLength(16),
  )
  rmSync(folder, { recursive: true })
  await withServer(
    () => undefined,
    async (url, asked) => {
      await expect(fetchDay(url, 0.2)).rejects.toThrow(refused(url, 'no answer within 200ms'))
      expect(asked()).toBe(4)
      expect(kept()).toEqual([])
      await expect(checkServer({ url, patience: 0.2 })).rejects.toThrow('got no answer within 200ms')
    },
  )
})
