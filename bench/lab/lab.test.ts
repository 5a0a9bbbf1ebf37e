import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import type { Measured } from './measure.ts'
import { usesOf } from './processes.ts'
import { cellsOf, rowsOf } from './rows.ts'

const start = { page: 0.5, shop: 4, panels: undefined, empty: ['overview: Traffic'] }
const loaded = {
  items: 20_000,
  spans: undefined,
  lines: { cpu: 0.8, perSecond: 9000 },
  memory: { servers: 300e6, shop: 400e6 },
  asked: { queries: 100, seconds: 2 },
}
const lab: Measured = {
  first: start,
  second: start,
  idle: { servers: 0.1, shop: 0.2 },
  small: loaded,
  large: loaded,
}
const native: Measured = { ...lab, first: { ...start, page: undefined, shop: 8 } }

const cells = (what: string) =>
  rowsOf(lab, native)
    .map(cellsOf)
    .find(([name]) => name === what)

test('both sides stand in a row with their ratio', () => {
  expect(cells('first start: → shop up')).toEqual(['first start: → shop up', '4 s', '8 s', '0.50'])
  expect(cells('CPU of the servers, visitors at the default rate')![1]).toBe('10 % of a core')
})

test('what was not reached, or is not there, is said and has no ratio', () => {
  expect(cells('first start: command → page')).toEqual([
    'first start: command → page',
    '0.5 s',
    'not reached, or not there',
    '',
  ])
  expect(cells('first start: → every panel with data of this run')![1]).toBe('not reached, or not there')
  expect(cells('CPU for 10,000 spans')![1]).toBe('not reached, or not there')
})

test.skipIf(process.platform !== 'linux')(
  'the use of a process is that of Linux, all its threads together',
  async () => {
    const before = usesOf(process.pid).shop
    const busy = new Worker('for (const end = Date.now() + 400; Date.now() < end; );', { eval: true })
    const { user, system } = process.cpuUsage()
    await once(busy, 'exit')
    const after = usesOf(process.pid).shop
    const used = process.cpuUsage({ user, system })
    expect(after.cpu - before.cpu).toBeGreaterThan((used.user + used.system) / 1e6 - 0.1)
    expect(after.memory).toBeGreaterThan(20e6)
  },
)
