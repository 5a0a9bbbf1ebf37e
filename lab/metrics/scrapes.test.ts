/** What becomes of a scrape that the store, or its text, does not let be kept. */
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createStore } from '../../engines/promql/index.ts'
import { answer } from '../../engines/promql/serve/api.ts'
import { createDescriptions } from './descriptions.ts'
import { createExemplars } from './exemplars.ts'
import { startScraper } from './scraper.ts'
import { createScrapes, type Scrape } from './scrapes.ts'

const target = { job: 'own', instance: '127.0.0.1:9000' }
const scrapeOf = (time: number, text: string | undefined, error?: string): Scrape => ({
  ...target,
  ...{ url: 'http://127.0.0.1:9000/metrics', time, took: 5, interval: 1000, timeout: 1000 },
  ...{ isOpenMetrics: false, text, error },
})

const asker = (store: ReturnType<typeof createStore>) => (query: string, time: number) => {
  const parameters = new URLSearchParams({ query, time: String(time / 1000) })
  const { body } = answer({ store, metadata: new Map() }, '/api/v1/query', parameters, {
    ...{ timeout: 5000, limits: { samples: 1000 }, isCancelled: () => false },
  })
  return JSON.parse(String(body)).data.result.map(({ value }: { value: [number, string] }) => value[1])
}

test('a store that is full makes the target down, and says why', () => {
  const store = createStore({ maxSeries: 6 })
  const scrapes = createScrapes(store, createDescriptions(), createExemplars(10))
  const ask = asker(store)
  expect(scrapes.take(scrapeOf(1000, 'orders 1\n'))).toBe(undefined)
  expect(ask('up', 1000)).toEqual(['1'])
  const error = scrapes.take(scrapeOf(2000, 'orders 2\nrefunds 1\n'))
  expect(error).toContain('the store is limited to 6 series')
  expect(ask('up', 2000)).toEqual(['0'])
  expect(scrapes.targets()).toMatchObject([{ health: 'down', lastError: error }])
  // Not even its own series fit in: the target is known as down all the same.
  const other = { ...scrapeOf(2000, 'refunds 1\n'), instance: '127.0.0.1:9001' }
  expect(scrapes.take(other)).toContain('the store is limited to 6 series')
  expect(scrapes.targets()[1]).toMatchObject({ health: 'down' })
})

test('of a text that turns out to be wrong halfway nothing stays', () => {
  const store = createStore()
  const scrapes = createScrapes(store, createDescriptions(), createExemplars(10))
  const ask = asker(store)
  scrapes.take(scrapeOf(1000, 'orders 1\n'))
  expect(scrapes.take(scrapeOf(2000, 'orders 2\nrefunds 3\norders{ 4\n'))).toContain('line 3')
  expect(ask('orders', 2500)).toEqual([])
  expect(ask('refunds', 2500)).toEqual([])
  expect(ask('up', 2500)).toEqual(['0'])
})

let text = 'orders 1\n'
const service = createServer((_, response) => response.end(text))
beforeAll(() => new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve)))
afterAll(() => service.close())

test('an answer that cannot be kept is told of once, until one was kept in between', async () => {
  const scrapes = createScrapes(createStore(), createDescriptions(), createExemplars(10))
  const instance = `127.0.0.1:${(service.address() as AddressInfo).port}`
  const notices: string[] = []
  let taken = 0
  let isThere = true
  const scraper = startScraper({
    ...{ targets: [{ job: 'own', instance }], interval: 50, timeout: 1000 },
    take(scrape) {
      taken++
      return isThere
        ? Promise.resolve(scrapes.take(scrape))
        : Promise.reject(new Error('the thread of the metrics ended: it exited with 3'))
    },
    onNotice: notice => notices.push(notice),
  })
  const after = async (scraped: number) => {
    const wanted = taken + scraped
    await expect.poll(() => taken, { timeout: 10_000 }).toBeGreaterThan(wanted)
  }
  try {
    await after(2)
    expect(notices).toEqual([])
    text = 'orders{ 1\n'
    await after(4)
    expect(notices).toHaveLength(1)
    expect(notices[0]).toContain(`Cannot keep the metrics of own at ${instance}: `)
    text = 'orders 1\n'
    await after(2)
    isThere = false
    await after(4)
    expect(notices.slice(1)).toEqual([
      `Cannot keep the metrics of own at ${instance}: the thread of the metrics ended: it exited with 3`,
    ])
  } finally {
    scraper.stop()
  }
})
