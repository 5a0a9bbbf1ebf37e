import { describe, expect, test } from 'vitest'
import { labelsOf, printLabels } from '../../labels.ts'
import { createStore, type Store, type StoreOptions } from '../store/memory.ts'
import type { Transition } from './alerts.ts'
import { createEvaluator, type EvaluatorOptions } from './evaluate.ts'
import { loadRules } from './load.ts'

const minute = 60_000

describe('An alert', () => {
  const rule = 'alert: High, expr: x > 1, for: 2m, keep_firing_for: 2m'

  test('fires when it has waited long enough, is kept a while, and ends', () => {
    const changes: string[] = []
    const onTransition = ({ time, from, alert }: Transition) =>
      changes.push(`${time / minute}m ${from} > ${alert.state}`)
    const { store, evaluator } = setUp(rule, [2, 2, 2, 2, 0, 0, 0, 0], { onTransition })
    evaluator.runRange(0, 7 * minute)
    expect(changes).toEqual(['0m inactive > pending', '2m pending > firing', '6m firing > inactive'])
    expect(shown(store, 'ALERTS')).toEqual([
      'ALERTS{alertname="High", alertstate="firing"} 2:1 3:1 4:1 5:1 6:end',
      'ALERTS{alertname="High", alertstate="pending"} 0:1 1:1 2:end',
    ])
    expect(shown(store, 'ALERTS_FOR_STATE')).toEqual([
      'ALERTS_FOR_STATE{alertname="High"} 0:0 1:0 2:0 3:0 4:0 5:0 6:end',
    ])
    expect(evaluator.alerts()).toEqual([])
  })

  test('that still waits is dropped at once and waits anew', () => {
    const { store, evaluator } = setUp(rule, [2, 2, 0, 2, 2, 2])
    evaluator.runRange(0, 5 * minute)
    expect(shown(store, 'ALERTS')).toEqual([
      'ALERTS{alertname="High", alertstate="firing"} 5:1',
      'ALERTS{alertname="High", alertstate="pending"} 0:1 1:1 2:end 3:1 4:1 5:end',
    ])
    expect(evaluator.alerts()).toMatchObject([{ state: 'firing', activeAt: 3 * minute, firedAt: 5 * minute }])
  })

  test('without a wait fires at once, and as a new one after its end', () => {
    const { evaluator } = setUp('alert: High, expr: x > 1', [2, 0, 2])
    evaluator.tick(0)
    expect(evaluator.alerts()).toMatchObject([{ state: 'firing', activeAt: 0 }])
    evaluator.tick(minute)
    expect(evaluator.alerts()).toEqual([])
    evaluator.tick(2 * minute)
    expect(evaluator.alerts()).toMatchObject([{ state: 'firing', activeAt: 2 * minute }])
  })

  test('has the templates of its labels worked out, the empty ones only in ALERTS', () => {
    const labels = `labels: {gone: '{{ $labels.nope }}', size: '{{ if gt $value 5.0 }}big{{ else }}small{{ end }}'}`
    const { store, evaluator } = setUp(`alert: High, expr: x > 1, ${labels}`, [2])
    evaluator.tick(0)
    expect(printLabels(evaluator.alerts()[0]!.labels)).toBe('{alertname="High", size="small"}')
    expect(shown(store, 'ALERTS')).toEqual([
      'ALERTS{alertname="High", alertstate="firing", gone="{{ $labels.nope }}", size="small"} 0:1',
    ])
  })
})

describe('A range', () => {
  test('writes nothing of an alert that goes on after its end', () => {
    const { store, evaluator } = setUp('alert: A, expr: x > 1, keep_firing_for: 9m', [2, 2, 0, 0, 0, 0])
    evaluator.runRange(0, 4 * minute)
    expect(shown(store, 'ALERTS')).toEqual(['ALERTS{alertname="A", alertstate="firing"} 0:1 1:1 2:1 3:1 4:1'])
  })

  test('over a store that forgets is ticked through, as the first rule would push out what the second reads', () => {
    const rules = 'record: y, expr: vector(time())}, {alert: A, expr: y < 240'
    const changes: string[] = []
    const onTransition = ({ time, alert }: Transition) => changes.push(`${time / minute}m ${alert.state}`)
    const { evaluator } = setUp(rules, [], { onTransition }, '', { retention: 30 * minute })
    evaluator.runRange(0, 200 * minute)
    expect(changes).toEqual(['0m firing', '4m inactive'])
  })
})

describe('A rule that fails', () => {
  test('for alerts with the same labels writes none for as long as it fails', () => {
    const expr = `'x or label_replace(x > 1, "l", "v", "", "")'`
    const rule = `alert: A, expr: ${expr}, labels: {l: same}`
    const { store, evaluator } = setUp(rule, [1, 2, 2, 2, 1, 2, 2])
    evaluator.runRange(0, 6 * minute)
    expect(shown(store, 'ALERTS')).toEqual(['ALERTS{alertname="A", alertstate="firing", l="same"} 0:1 4:1'])
    const message = 'vector contains metrics with the same labelset after applying alert labels'
    expect(evaluator.status()[0]).toMatchObject({ error: message, firstError: { time: minute, message } })
  })

  test('for two results with the same labels writes nothing and ends nothing', () => {
    const { store, evaluator } = setUp(
      `record: y, expr: 'x or label_replace(x > 1, "l", "v", "", "")', labels: {l: ''}`,
      [1, 2, 1],
    )
    evaluator.runRange(0, 2 * minute)
    expect(shown(store, 'y')).toEqual(['y 0:1 2:1'])
    evaluator.tick(minute)
    expect(evaluator.status()[0]!.error).toBe(
      'vector contains metrics with the same labelset after applying rule labels',
    )
  })

  test('for too many results says how many', () => {
    const { store, evaluator } = setUp(
      `record: y, expr: 'x or label_replace(x, "l", "v", "", "")'`,
      [1],
      {},
      'limit: 1',
    )
    evaluator.tick(0)
    expect(evaluator.status()[0]!.error).toBe('exceeded limit of 1 with 2 series')
    expect(shown(store, 'y')).toEqual([])
  })

  test('for too many alerts forgets them all', () => {
    const expr = `'label_replace(x > 1, "l", "v", "", "") or (x > 2)'`
    const { evaluator } = setUp(`alert: A, expr: ${expr}`, [2, 3], {}, 'limit: 1')
    evaluator.tick(0)
    expect(evaluator.alerts()).toHaveLength(1)
    evaluator.tick(minute)
    expect(evaluator.status()[0]!.error).toBe('exceeded limit of 1 with 2 alerts')
    expect(evaluator.alerts()).toEqual([])
  })

  test('for a result that is no vector says so', () => {
    const { evaluator } = setUp(`record: y, expr: 'x[5m]'`, [1])
    evaluator.runRange(0, 0)
    expect(evaluator.status()[0]!.error).toBe('rule result is not a vector or scalar')
  })
})

describe('A recording rule', () => {
  test('marks the end of a series that is no more', () => {
    const { store, evaluator } = setUp('record: y, expr: x > 1', [2, 0, 0, 3])
    evaluator.runRange(0, 3 * minute)
    evaluator.end(4 * minute)
    expect(shown(store, 'y')).toEqual(['y 0:2 1:end 3:3 4:end'])
  })

  test('with a query offset reads and writes in the past, while alerts wait by the clock', () => {
    const { store, evaluator } = setUp('record: y, expr: x', [1, 2, 3], {}, 'query_offset: 1m')
    evaluator.runRange(minute, 2 * minute)
    expect(shown(store, 'y')).toEqual(['y 0:1 1:2'])
    const alerting = setUp('alert: A, expr: x > 0, for: 1m', [1, 1, 1], {}, 'query_offset: 1m')
    alerting.evaluator.runRange(minute, 2 * minute)
    expect(shown(alerting.store, 'ALERTS_FOR_STATE')).toEqual(['ALERTS_FOR_STATE{alertname="A"} 0:60 1:60'])
    expect(alerting.evaluator.alerts()).toMatchObject([{ state: 'firing', activeAt: minute }])
  })

  test('keeps the pace of its group, and one result over more steps than are asked at once', () => {
    const { store, evaluator } = setUp('record: y, expr: vector(time())', [], {}, 'interval: 7s')
    evaluator.runRange(1000, 7000 * 25_000 + 1000)
    const samples = store.select([{ name: '__name__', operator: '=', value: 'y' }], 0, 1e12)[0]!.read(0, 1e12)
    expect([samples.length, samples.times[0], samples.values[24_999], samples.stale]).toEqual([
      25_000,
      7000,
      175_000,
      undefined,
    ])
  })
})

describe('After a restart', () => {
  /** An alert that waits 25 minutes and was last seen after it had waited for some of them. */
  function restarted(waited: number, down: number, hold = '25m') {
    const { store, evaluator } = setUp(`alert: A, expr: vector(1), for: ${hold}`, [], { awaitsRestore: true })
    const begin = 1000 * minute
    for (let step = 0; step <= waited; step++)
      store.append(
        labelsOf([
          ['__name__', 'ALERTS_FOR_STATE'],
          ['alertname', 'A'],
        ]),
        begin + step * minute,
        begin / 1000,
      )
    const up = begin + (waited + down) * minute
    evaluator.tick(up)
    expect(shown(store, 'ALERTS')).toEqual([])
    evaluator.restore(up)
    evaluator.tick(up + minute)
    expect(shown(store, 'ALERTS')).toHaveLength(1)
    const [alert] = evaluator.alerts()
    return { state: alert!.state, began: (alert!.activeAt - begin) / minute, up: waited + down }
  }

  test('an alert that had fired fires again', () => {
    expect(restarted(30, 20)).toMatchObject({ state: 'firing', began: 0 })
  })

  test('one that still had long to wait waits on, without the time in between', () => {
    expect(restarted(10, 20)).toMatchObject({ state: 'pending', began: 20 })
  })

  test('one that was about to fire gets ten minutes to be seen', () => {
    const { state, began, up } = restarted(20, 20)
    expect({ state, began }).toEqual({ state: 'pending', began: up + 10 - 25 })
  })

  test('a state of more than an hour ago is not taken over', () => {
    expect(restarted(30, 61)).toMatchObject({ state: 'pending', began: 91 })
  })

  test('a short wait begins anew', () => {
    expect(restarted(30, 20, '9m')).toMatchObject({ state: 'pending', began: 50 })
  })
})

/** One rule over a series x with a value a minute. */
function setUp(
  rule: string,
  values: readonly number[],
  options: EvaluatorOptions = {},
  group = '',
  storeOptions: StoreOptions = {},
) {
  const store = createStore(storeOptions)
  for (const [step, value] of values.entries())
    store.append(labelsOf([['__name__', 'x']]), step * minute, value)
  const fields = ['name: g', group, `rules: [{${rule}}]`].filter(Boolean).join(', ')
  return {
    store,
    evaluator: createEvaluator(loadRules(`groups: [{${fields}}]`, 'rules.yml'), store, options),
  }
}

function shown(store: Store, name: string): string[] {
  return store.select([{ name: '__name__', operator: '=', value: name }], 0, 1e12).map(series => {
    const { times, values, stale, length } = series.read(0, 1e12)
    const points = Array.from(
      { length },
      (_, at) => `${times[at]! / minute}:${stale?.[at] === 1 ? 'end' : values[at]}`,
    )
    return `${printLabels(series.labels)} ${points.join(' ')}`
  })
}
