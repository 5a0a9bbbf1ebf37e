import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../app/seeded-random.ts'
import { keyOf } from '../labels.ts'
import { createStore, type Store } from '../store/memory.ts'
import { createEvaluator, type Evaluator } from './evaluate.ts'
import type { RuleGroup } from './groups.ts'
import { loadRules } from './load.ts'
import { type Generated, generateGroups, labelsIn } from './random-groups.ts'

const minute = 60_000
const steps = 40

describe('A range in one go', () => {
  test.each([1, 2, 3])('writes and remembers what ticking does, seed %i', { timeout: 120_000 }, seed => {
    const random = seededRandom(seed)
    for (let round = 0; round < 6; round++) {
      const generated = generateGroups(random, steps, { isVersion3: true, hasIntervals: true })
      const ticked = evaluated(generated, (evaluator, groups) => {
        for (let time = 0; time < steps * minute; time += minute / 2)
          for (const group of groups) if (time % (group.interval ?? minute) === 0) evaluator.tick(time, group)
      })
      const ranged = evaluated(generated, evaluator => {
        evaluator.runRange(0, 17 * minute)
        evaluator.runRange(17 * minute + 1, steps * minute - 1)
      })
      expect(ranged, generated.yaml).toEqual(ticked)
    }
  })
})

function evaluated(
  generated: Generated,
  evaluate: (evaluator: Evaluator, groups: readonly RuleGroup[]) => void,
) {
  const store = createStore()
  fill(store, generated)
  const changes: string[] = []
  const groups = loadRules(generated.yaml, 'rules.yml')
  const evaluator = createEvaluator(groups, store, {
    onTransition: ({ time, from, alert }) =>
      changes.push(`${time} ${keyOf(alert.labels)} ${from} ${alert.state} ${keyOf(alert.annotations)}`),
  })
  evaluate(evaluator, groups)
  const errors = evaluator.status().map(({ error, firstError }) => ({ error, firstError }))
  const alerts = evaluator
    .alerts()
    .map(alert => ({ ...alert, group: alert.group.name, rule: alert.rule.name }))
  return {
    samples: samplesOf(store),
    errors,
    alerts: alerts.map(alert => JSON.stringify(alert)),
    changes: changes.sort(),
  }
}

function fill(store: Store, { series }: Generated): void {
  for (const [notation, values] of series) {
    const labels = labelsIn(notation)
    for (const [step, value] of values.entries())
      if (value === 'stale') store.markStale(labels, step * minute)
      else if (value !== undefined) store.append(labels, step * minute, value)
  }
}

function samplesOf(store: Store): string[] {
  const all = store.select([{ name: '__name__', operator: '=~', value: '.+' }], -1e12, 1e15)
  return all.map(series => {
    const { times, values, stale, length } = series.read(-1e12, 1e15)
    const points = Array.from({ length }, (_, at) => `${times[at]}:${stale?.[at] === 1 ? 'end' : values[at]}`)
    return `${keyOf(series.labels)} ${points.join(' ')}`
  })
}
