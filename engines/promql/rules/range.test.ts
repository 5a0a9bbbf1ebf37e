import { describe, expect, test } from 'vitest'
import { keyOf, type Labels } from '../../labels.ts'
import { seededRandom } from '../../random.ts'
import { type Generated, generateGroups, labelsIn } from '../fuzz/random-groups.ts'
import { createStore, type Store } from '../store/memory.ts'
import { createEvaluator, type Evaluator } from './evaluate.ts'
import type { RuleGroup } from './groups.ts'
import { loadRules } from './load.ts'

const minute = 60_000

describe('A range in one go', () => {
  test.each([1, 2, 3])('writes and remembers what ticking does, seed %i', { timeout: 120_000 }, seed => {
    const random = seededRandom(seed)
    for (let round = 0; round < 6; round++) compare(random, 40, 1)
  })

  test.each([4, 5, 6, 7, 8, 9])(
    'does so where little changes for long, seed %i',
    { timeout: 120_000 },
    seed => {
      const random = seededRandom(seed)
      for (let round = 0; round < 8; round++) compare(random, 180, 0.1)
    },
  )
})

/** The same groups over the same series, once tick by tick and once as ranges; then with samples in their way. */
function compare(random: () => number, steps: number, pace: number): void {
  const generated = generateGroups(random, steps, { isVersion3: true, hasIntervals: true, pace })
  const course = {
    ends: [random(), random(), 1].sort((a, b) => a - b).map(part => Math.floor(part * steps * minute)),
    awaitsRestore: random() < 0.3,
    obstacles: [],
  }
  const free = evaluated(generated, course, tick)
  expect(evaluated(generated, course, run), generated.yaml).toEqual(free)
  const hindered = { ...course, obstacles: obstaclesAmong(random, free.written) }
  expect(evaluated(generated, hindered, run), generated.yaml).toEqual(evaluated(generated, hindered, tick))
}

interface Course {
  /** Where one stretch ends and the next begins. */
  ends: readonly number[]
  /** Whether nothing is known of alerts until the first end, as after a server's start. */
  awaitsRestore: boolean
  obstacles: readonly Obstacle[]
}

type Advance = (evaluator: Evaluator, groups: readonly RuleGroup[], start: number, end: number) => void

const run: Advance = (evaluator, _, start, end) => evaluator.runRange(start, end)

const tick: Advance = (evaluator, groups, start, end) => {
  for (let time = Math.ceil(start / (minute / 2)) * (minute / 2); time <= end; time += minute / 2)
    for (const group of groups) if (time % (group.interval ?? minute) === 0) evaluator.tick(time, group)
}

interface Written {
  labels: Labels
  times: number[]
}

interface Obstacle {
  labels: Labels
  time: number
}

/** A sample that is there before the rules begin makes the store refuse theirs up to its time. */
function obstaclesAmong(random: () => number, written: readonly Written[]): Obstacle[] {
  if (written.length === 0) return []
  return Array.from({ length: 4 }, () => {
    const { labels, times } = written[Math.floor(random() * written.length)]!
    return { labels, time: times[Math.floor(random() * times.length)]! }
  })
}

function evaluated(generated: Generated, { ends, awaitsRestore, obstacles }: Course, advance: Advance) {
  const store = createStore()
  fill(store, generated)
  for (const { labels, time } of obstacles) store.append(labels, time, 7.5)
  const changes: string[] = []
  const groups = loadRules(generated.yaml, 'rules.yml')
  const evaluator = createEvaluator(groups, store, {
    awaitsRestore,
    onTransition: ({ time, from, alert }) =>
      changes.push(`${time} ${keyOf(alert.labels)} ${from} ${alert.state} ${keyOf(alert.annotations)}`),
  })
  let start = 0
  const remembered = ends.map(end => {
    advance(evaluator, groups, start, end)
    start = end + 1
    if (awaitsRestore) evaluator.restore(end)
    return {
      errors: evaluator.status().map(({ error, firstError }) => ({ error, firstError })),
      alerts: evaluator.alerts().map(alert => ({ ...alert, group: alert.group.name, rule: alert.rule.name })),
    }
  })
  const all = store.select([{ name: '__name__', operator: '=~', value: '.+' }], -1e12, 1e15)
  return {
    samples: all.map(series => `${keyOf(series.labels)} ${pointsOf(series)}`),
    remembered,
    changes: changes.sort(),
    written: all
      .filter(({ labels }) => /^(r|ALERTS)/.test(labels.get('__name__')!))
      .map(series => ({ labels: series.labels, times: [...series.read(-1e12, 1e15).times] })),
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

function pointsOf(series: ReturnType<Store['select']>[number]): string {
  const { times, values, stale, length } = series.read(-1e12, 1e15)
  return Array.from({ length }, (_, at) => `${times[at]}:${stale?.[at] === 1 ? 'end' : values[at]}`).join(' ')
}
