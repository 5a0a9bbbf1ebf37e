import { expect, test } from 'vitest'
import { type Measured, report, routes, rows, type Sample } from './report.ts'
import { delivers, environmentOf, nameOf, partNames, preload, variantsOf } from './variants.ts'

/** CPU of three rounds, on a machine that was busy in the second. */
const cpu: Record<string, [number, number, number]> = {
  bare: [30, 60, 32],
  'kit 100 %': [70, 150, 73],
  'kit 10 %': [50, 95, 51],
  stock: [130, 280, 134],
  fair: [110, 220, 114],
  'kit without spans': [55, 120, 57],
}

const sampleOf = (cpuUsPerRequest: number, hasThroughput: boolean): Sample => ({
  p99Ms: cpuUsPerRequest / 10,
  cpuUsPerRequest,
  ...(hasThroughput ? { throughput: 1e6 / cpuUsPerRequest } : {}),
})

function measured(isBrief: boolean): Measured[] {
  return routes.flatMap(route =>
    variantsOf(['1', '0.1'], isBrief).flatMap(variant => {
      const figures = cpu[nameOf(variant)]
      if (figures === undefined) return []
      const rounds = figures.map(each => sampleOf(each, variant.without === undefined))
      return { ...variant, route, rounds }
    }),
  )
}

test('each variant is compared within its round, with bare and with stock in both forms', () => {
  const [, bare, kit] = report(measured(false)).split('\n')
  expect(bare!.trim().split(/\s+/)).toEqual(['cached', 'bare', '31250', '100', '%', '3.20', '1.00×', '32'])
  // Of the rounds 40/100, 90/220 and 41/102, and 40/80, 90/160 and 41/82.
  expect(kit).toMatch(/cached +kit 100 % +13699 +43 % +7\.30 +2\.33× +73 +\+41 +40 % +50 %$/)
})

test('a part costs what the kit takes less what it takes without it', () => {
  const text = report(measured(false))
  expect(text).toContain('part of the kit, CPU µs/request')
  // Of 15, 30 and 16.
  expect(text).toMatch(/^spans +16\.0 +16\.0$/m)
  // What was not measured is no line, rather than a cost of 0.
  expect(text).not.toMatch(/^lines/m)
  expect(report(measured(true))).not.toContain('part of the kit')
})

test('the rows say the same, and nothing of what was not measured', () => {
  const all = rows(measured(false), true)
  expect(all).toContainEqual({
    route: 'cached',
    variant: 'kit',
    sampling: 0.1,
    throughput: 19608,
    p99Ms: 5.1,
    cpuUsPerRequest: 51,
  })
  expect(all).toContainEqual({
    route: 'database',
    variant: 'kit',
    without: 'spans',
    p99Ms: 5.7,
    cpuUsPerRequest: 57,
  })
})

test('brief is bare, the kit and everything of stock; else each part and the fair form come in', () => {
  expect(variantsOf(['1'], true).map(nameOf)).toEqual(['bare', 'kit 100 %', 'stock'])
  expect(variantsOf(['1', '0.1'], false).map(nameOf)).toEqual([
    'bare',
    'kit 100 %',
    'kit 10 %',
    'stock',
    'fair',
    ...partNames.map(part => `kit without ${part}`),
  ])
  expect(environmentOf({ name: 'fair' }).OTEL_NODE_ENABLED_INSTRUMENTATIONS).toBe('http,pg,pino')
  expect(environmentOf({ name: 'kit', without: 'lines' }).LOG_LEVEL).toBe('silent')
  expect([delivers({ name: 'bare' }), delivers({ name: 'kit', without: 'all but lines' })]).toEqual([
    false,
    false,
  ])
  expect(preload({ name: 'fair' })[1]).toMatch(/stock\.ts$/)
})
