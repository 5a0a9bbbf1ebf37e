import { expect, test } from 'vitest'
import { readScenarios } from './read.ts'

const sale = `scenarios:
  - name: sale
    title: Ten times the traffic, and the payment service gives way
    traffic: { daily: 0.5, bursts: { every: 12h, length: 30m, times: 10 } }
    errors: { burn: 0.1 }
    slow: 0.001
    jitter: 1h
    incidents:
      - id: payments
        start: 12d 14h
        length: 40m
        wanted: page
        effect: { errors: 0.3, slow: { burn: 20 }, instances: [0], flapping: { on: 2m, off: 4m } }
      - id: deploy
        start: 13d
        length: 30s
        wanted: nothing
        effect: { reset: true }
`

test('a scenario is what it says', () => {
  const day = 86_400
  expect(readScenarios('sale.yaml', sale)).toEqual([
    {
      name: 'sale',
      title: 'Ten times the traffic, and the payment service gives way',
      traffic: { daily: 0.5, bursts: { every: 43_200, length: 1800, times: 10 } },
      errors: { burn: 0.1 },
      slow: 0.001,
      jitter: 3600,
      incidents: [
        {
          id: 'payments',
          title: 'payments',
          start: 12 * day + 14 * 3600,
          end: 12 * day + 14 * 3600 + 2400,
          wanted: 'page',
          effect: { errors: 0.3, slow: { burn: 20 }, instances: [0], flapping: { on: 120, off: 240 } },
        },
        {
          id: 'deploy',
          title: 'deploy',
          start: 13 * day,
          end: 13 * day + 30,
          wanted: 'nothing',
          effect: { reset: true },
        },
      ],
    },
  ])
})

test.each([
  [
    'errors: { burn: 0.1 }',
    'errors: many',
    'sale.yaml:5: scenarios.0.errors: expected a share such as 0.3, or { burn: 14 }, got "many"',
  ],
  [
    'slow: 0.001',
    'slow: 1.5',
    'sale.yaml:2: sale.slow: expected a share between 0 and 1, or { burn: N }, got 1.5',
  ],
  [
    'length: 40m',
    'length: forty',
    'sale.yaml:11: scenarios.0.incidents.0.length: expected a duration such as 40m or 12d14h, got "forty"',
  ],
  [
    'wanted: page',
    'wanted: call',
    'sale.yaml:12: scenarios.0.incidents.0.wanted: expected page, ticket or nothing, got "call"',
  ],
  ['jitter: 1h', 'jiter: 1h', 'sale.yaml:7: scenarios.0.jiter: expected some of name, title, traffic'],
  [
    'instances: [0]',
    'instances: 0',
    'sale.yaml:13: scenarios.0.incidents.0.effect.instances: expected a list, got 0',
  ],
  ['id: deploy', 'id: payments', 'sale.yaml:14: sale.payments: expected every id once'],
  ['start: 13d', 'start: 12d14h', 'sale.yaml:14: sale.deploy: expected no overlap with payments'],
  ['name: sale', 'name: A Sale', 'sale.yaml:2: A Sale.name: expected lower-case words joined by hyphens'],
  ['traffic: {', 'traffic: [{', 'sale.yaml:5: '],
  [
    'effect: { reset: true }',
    'effect: { reset: 1 }',
    'sale.yaml:18: scenarios.0.incidents.1.effect.reset: expected true or false, got 1',
  ],
  ['scenarios:', 'scenario:', 'sale.yaml:1: scenarios: expected a list of scenarios, got'],
])('%s as %s is told by its line', (right, wrong, says) => {
  expect(() => readScenarios('sale.yaml', sale.replace(right, wrong))).toThrow(says)
})

test('an empty file is told as one', () => {
  expect(() => readScenarios('empty.yaml', '')).toThrow('empty.yaml:1: expected a list of scenarios')
})
