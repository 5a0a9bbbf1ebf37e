/** The README's "Metrics of your own", taken word for word from there. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test, vi } from 'vitest'

vi.hoisted(() => {
  process.env.LOG_STDOUT = 'off'
})

import { checkExposition, parseExposition } from './exposition.ts'
import { counter, exposition } from './metrics.ts'
import { defineCounter } from './signals.ts'

const desk = mkdtempSync(join(tmpdir(), 'own-metrics-'))
afterAll(() => rmSync(desk, { recursive: true }))

const section = readFileSync(new URL('./README.md', import.meta.url), 'utf8')
  .split('\n## Metrics of your own\n')[1]!
  .split('\n## ')[0]!
const blocks = [...section.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)

interface BasketMetrics {
  baskets: Map<string, string[]>
  checkedOut: (bank: string, outcome: 'paid' | 'refused', seconds: number) => void
}

/** The service's file beside a folder of the kit, which is this one. */
async function load(name: string, code: string): Promise<unknown> {
  const file = join(desk, name)
  writeFileSync(file, code.replaceAll("'./otel/", `'${new URL('.', import.meta.url).pathname}`))
  return import(/* @vite-ignore */ file)
}

test('the file of the README gives its metrics, with the same checks as those of the kit', async () => {
  expect(blocks).toHaveLength(2)
  const { baskets, checkedOut } = (await load('basket-metrics.ts', blocks[0]!)) as BasketMetrics
  baskets.set('a', ['tea'])
  checkedOut('north', 'paid', 0.4)
  const families = parseExposition(await exposition('openmetrics'))
  const samples = (name: string) =>
    families.get(name)!.samples.map(({ labels, value }) => [Object.values(labels).join(), value])
  expect(samples('basket_checkouts_total')).toEqual([
    ['paid', 1],
    ['refused', 0],
  ])
  expect(samples('basket_open')).toEqual([['', 1]])
  expect(samples('basket_checkout_duration_seconds').slice(0, 3)).toEqual([
    ['0.1,north', 0],
    ['0.5,north', 1],
    ['1,north', 1],
  ])
  expect(() => checkedOut('north', 'lost' as 'paid', 1)).toThrow(
    'Cannot record basket_checkouts_total: expected outcome to be one of paid, refused, got "lost"',
  )
  const other = defineCounter('basket_checkouts_total', 'business', 'Checkouts', {
    outcome: ['paid', 'lost'],
  })
  expect(() => counter(other)).toThrow('Cannot define basket_checkouts_total twice')
  // @ts-expect-error Another value does not compile.
  expect(() => counter(other).add({ outcome: 'stolen' })).toThrow()
})

test('the page is what the definitions promise, and what is missing from it is found', async () => {
  const promised = {
    ...defineCounter('basket_checkouts_total', 'business', 'Checkouts', { outcome: ['paid', 'refused'] }),
    emittedBy: ['shop'],
  }
  const text = await exposition('text')
  const own = text.slice(text.indexOf('# HELP basket_checkouts'), text.indexOf('# HELP basket_open'))
  expect(checkExposition(own, 'shop', [promised])).toEqual([])
  expect(checkExposition('', 'shop', [promised])).toEqual([
    'basket_checkouts_total is expected of shop but not emitted',
  ])
})

test('a registry of prom-client comes along as the README says', async () => {
  const { Counter } = await import('prom-client')
  new Counter({ name: 'own_before_total', help: 'What was there before the kit' }).inc(4)
  const client = import.meta.resolve('prom-client')
  await load('registry.ts', blocks[1]!.replace("'prom-client'", `'${client}'`))
  expect(await exposition('text')).toContain('\nown_before_total 4\n')
})
