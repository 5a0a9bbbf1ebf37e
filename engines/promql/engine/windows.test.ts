import { describe, expect, it } from 'vitest'
import { labelsOf } from '../../labels.ts'
import { createStore, type Store } from '../store/memory.ts'
import { instantQuery, rangeQuery } from './query.ts'

function storeOf(values: readonly number[], step = 10_000, name = 'x'): Store {
  const store = createStore()
  const series = store.series(labelsOf([['__name__', name]]))
  values.forEach((value, index) => void series.append(index * step, value))
  return store
}

function valueAt(store: Store, query: string, second: number): number | undefined {
  const result = instantQuery(store, query, second * 1000)
  return result.type === 'vector' ? result.samples[0]?.value : undefined
}

describe('rate and its kin', () => {
  it('stretch to both edges when samples are near, and not below a counter’s zero', () => {
    // Samples at 10..60 s in (0 s, 60 s]: 5/6 of the window, both edges within 1.1 intervals.
    expect(valueAt(storeOf([0, 60, 120, 180, 240, 300, 360]), 'increase(x[1m])', 60)).toBeCloseTo(360, 10)
    // The zero point lies 2 s before the first sample, so the stretch ends there.
    expect(valueAt(storeOf([0, 2, 12, 22]), 'increase(x[30s])', 30)).toBeCloseTo(20 * (22 / 20), 10)
    // A series that starts late is stretched by half an interval alone.
    const late = createStore()
    for (let t = 40; t <= 60; t += 10) late.append(labelsOf([['__name__', 'x']]), t * 1000, 1000 + t)
    expect(valueAt(late, 'increase(x[1m])', 60)).toBeCloseTo(25, 10)
  })

  it('clamp to a counter’s zero after the stretch in 3 and before it in 2', () => {
    // The first sample is 13 s after the edge, the zero point 8 s before it, and half an interval is 5 s.
    const store = createStore()
    store.append(labelsOf([['__name__', 'x']]), 13_000, 16)
    store.append(labelsOf([['__name__', 'x']]), 23_000, 36)
    const increase = (semantics: 'prometheus-2' | 'prometheus-3') => {
      const result = instantQuery(store, 'increase(x[23s])', 23_000, { semantics })
      return result.type === 'vector' && result.samples[0]?.value
    }
    expect(increase('prometheus-3')).toBeCloseTo(30, 10)
    expect(increase('prometheus-2')).toBeCloseTo(36, 10)
  })

  it('add what a counter had before each reset', () => {
    expect(valueAt(storeOf([0, 10, 20, 5, 15, 3, 13]), 'delta(x[1m])', 60)).toBeCloseTo((3 * 60) / 50, 10)
    // 3 from first to last, and 20 and 15 before the resets; the zero point lies 50 × 10/38 s before.
    expect(valueAt(storeOf([0, 10, 20, 5, 15, 3, 13]), 'increase(x[1m])', 60)).toBeCloseTo(38 * (60 / 50), 10)
    expect(valueAt(storeOf([0, 10, 20, 5, 15, 3, 13]), 'resets(x[1m])', 60)).toBe(2)
    expect(valueAt(storeOf([0, 10, 20, 5]), 'irate(x[1m])', 30)).toBe(0.5)
    expect(valueAt(storeOf([0, 10, 20, 5]), 'idelta(x[1m])', 30)).toBe(-15)
  })

  it('need two samples, and take any that are NaN or infinite as they are', () => {
    expect(valueAt(storeOf([1]), 'rate(x[1m])', 0)).toBeUndefined()
    expect(valueAt(storeOf([0, Number.NaN, 5]), 'increase(x[1m])', 20)).toBeCloseTo(5, 10)
    expect(valueAt(storeOf([0, Infinity, 5]), 'increase(x[1m])', 20)).toBe(Infinity)
  })

  it('say so when the metric does not look like a counter', () => {
    const note =
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "x"'
    expect(instantQuery(storeOf([1, 2]), 'rate(x[1m])', 10_000).infos).toEqual([note])
    expect(instantQuery(storeOf([1, 2]), 'rate(x[10s])', 10_000).infos).toEqual([])
    expect(instantQuery(storeOf([1, 2], 10_000, 'x_total'), 'rate(x_total[1m])', 10_000).infos).toEqual([])
  })
})

describe('functions over time', () => {
  it('sum with compensation, which a plain sum would lose', () => {
    expect(valueAt(storeOf([1, 1e100, 1, -1e100]), 'sum_over_time(x[1m])', 30)).toBe(2)
    expect(valueAt(storeOf([Infinity, 1]), 'sum_over_time(x[1m])', 10)).toBe(Infinity)
  })

  it('average where the sum overflows', () => {
    const most = Number.MAX_VALUE
    expect(valueAt(storeOf([most, most, most]), 'avg_over_time(x[1m])', 20)! / most).toBeCloseTo(1, 12)
    expect(valueAt(storeOf([most, most, -most]), 'avg_over_time(x[1m])', 20)! / most).toBeCloseTo(1 / 3, 12)
  })

  it('order NaN below every number in quantiles, and pass it over in extremes', () => {
    expect(valueAt(storeOf([Number.NaN, 1, 2]), 'quantile_over_time(0, x[1m])', 20)).toBeNaN()
    expect(valueAt(storeOf([Number.NaN, 1, 2]), 'quantile_over_time(0.75, x[1m])', 20)).toBe(1.5)
    expect(valueAt(storeOf([Number.NaN, 1, 2]), 'min_over_time(x[1m])', 20)).toBe(1)
    expect(valueAt(storeOf([Number.NaN, Number.NaN]), 'max_over_time(x[1m])', 20)).toBeNaN()
    expect(instantQuery(storeOf([1]), 'quantile_over_time(1.5, x[1m])', 0)).toMatchObject({
      samples: [{ value: Infinity }],
      warnings: ['PromQL warning: quantile value should be between 0 and 1, got 1.5'],
    })
  })

  it('fit a line by least squares, at the time of evaluation', () => {
    expect(valueAt(storeOf([0, 10, 20, 30]), 'deriv(x[1m])', 30)).toBe(1)
    expect(valueAt(storeOf([0, 10, 20, 30]), 'predict_linear(x[1m], 60)', 35)).toBeCloseTo(95, 10)
    expect(valueAt(storeOf([5, 5]), 'predict_linear(x[1m], 60)', 35)).toBe(5)
  })

  it('count deviations from the mean of all samples', () => {
    expect(valueAt(storeOf([2, 4, 4, 4, 5, 5, 7, 9]), 'stdvar_over_time(x[2m])', 70)).toBe(4)
    expect(valueAt(storeOf([2, 4, 4, 4, 5, 5, 7, 9]), 'stddev_over_time(x[2m])', 70)).toBe(2)
  })

  it('tell where a series was missing', () => {
    const { series } = rangeQuery(storeOf([1]), 'absent_over_time(x{a="b",c=~"d"}[1m])', {
      start: 0,
      end: 60_000,
      step: 60_000,
    })
    expect(series).toEqual([
      {
        labels: new Map([['a', 'b']]),
        times: new Float64Array([0, 60_000]),
        values: new Float64Array([1, 1]),
      },
    ])
  })
})

describe('windows that slide', () => {
  const functions: { [call: string]: (window: readonly number[]) => number } = {
    'max_over_time(x[W])': window => window.reduce((best, v) => (v > best || Number.isNaN(best) ? v : best)),
    'min_over_time(x[W])': window => window.reduce((best, v) => (v < best || Number.isNaN(best) ? v : best)),
    'sum_over_time(x[W])': window => window.reduce((sum, v) => sum + v, 0),
    'avg_over_time(x[W])': window => window.reduce((sum, v) => sum + v, 0) / window.length,
    'changes(x[W])': window => window.filter((v, k) => k > 0 && v !== window[k - 1]).length,
    'resets(x[W])': window => window.filter((v, k) => k > 0 && v < window[k - 1]!).length,
    'quantile_over_time(0.5, x[W])': window => {
      const sorted = window.toSorted((a, b) => a - b)
      const middle = (sorted.length - 1) / 2
      return (sorted[Math.floor(middle)]! + sorted[Math.ceil(middle)]!) / 2
    },
  }

  it.each(Object.keys(functions))('give %s what each window alone would', call => {
    const random = randomNumbers(7)
    const values = Array.from({ length: 400 }, () => Math.floor(random() * 20) - (random() < 0.1 ? 1e9 : 5))
    const store = storeOf(values, 10_000)
    for (const window of [30, 200, 1500])
      for (const step of [10, 70, 2000]) {
        const { series } = rangeQuery(store, call.replace('W', `${window}s`), {
          start: 0,
          end: 3_990_000,
          step: step * 1000,
        })
        series[0]!.times.forEach((time, i) => {
          const inside = values.filter((_, k) => k * 10_000 > time - window * 1000 && k * 10_000 <= time)
          expect(series[0]!.values[i]).toBeCloseTo(functions[call]!(inside), 6)
        })
      }
  })

  it('sum windows of small values after huge ones as if these had never been', () => {
    const values = [1e17, -1e17, 1e200, -1e200, ...Array.from({ length: 300 }, (_, k) => (k % 7) / 10)]
    const { series } = rangeQuery(storeOf(values), 'sum_over_time(x[100s])', {
      start: 1_000_000,
      end: 2_900_000,
      step: 10_000,
    })
    series[0]!.times.forEach((time, i) => {
      const last = time / 10_000
      const exact = values.slice(last - 9, last + 1).reduce((sum, v) => sum + Math.round(v * 10), 0) / 10
      expect(series[0]!.values[i]).toBeCloseTo(exact, 12)
    })
  })
})

function randomNumbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return state / 2 ** 31
  }
}
