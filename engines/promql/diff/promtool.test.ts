/**
 * The evaluator beside promtool: every sample that random groups record, every end of a series and every alert with its
 * annotations are written as a unit test, which promtool has to pass. PROMTOOL names another promtool than PATH's.
 */

import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { type Labels, printLabels } from '../../labels.ts'
import { seededRandom } from '../../random.ts'
import { instantQuery } from '../engine/query.ts'
import { type Generated, generateGroups, labelsIn } from '../fuzz/random-groups.ts'
import { createEvaluator, type Evaluator } from '../rules/evaluate.ts'
import { loadRules } from '../rules/load.ts'
import { createStore, type Store } from '../store/memory.ts'
import { versionOf } from './real-prometheus.ts'

const minute = 60_000
const steps = 30
const groupsPerSeed = 4
const program = process.env.PROMTOOL ?? 'promtool'
const version = versionOf(program)
const isVersion3 = Number(version?.split('.')[0]) >= 3
const query = isVersion3 ? {} : { semantics: 'prometheus-2' as const }
const external = { externalLabels: { region: 'eu' }, externalUrl: 'http://rules.test/path' }
const missing = `no ${program} on the PATH: install the package prometheus or set PROMTOOL`
const title = version === undefined ? `promtool (skipped: ${missing})` : `promtool ${version}`

describe.skipIf(version === undefined)(title, () => {
  test.each([1, 2])(
    'agrees on all samples and alerts of random groups, seed %i',
    { timeout: 300_000 },
    seed => {
      const random = seededRandom(seed)
      let firing = 0
      for (let round = 0; round < groupsPerSeed; round++) {
        const generated = generateGroups(random, steps, { isVersion3, hasIntervals: true })
        const unitTest = unitTestOf(generated)
        firing += unitTest.firing
        expect(promtool(generated.yaml, unitTest.text), generated.yaml).toMatch(/^\s*SUCCESS$/m)
      }
      expect(firing).toBeGreaterThan(20)
    },
  )

  test('notices a sample that is wrong', () => {
    const generated = generateGroups(seededRandom(1), steps, { isVersion3, hasIntervals: false })
    const { text } = unitTestOf(generated)
    const wrong = text.replace(/"value":[0-9.]+/, '"value":-12345')
    expect(wrong).not.toBe(text)
    expect(promtool(generated.yaml, wrong)).toContain('FAILED')
  })
})

function promtool(rules: string, unitTest: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'promtool-'))
  try {
    writeFileSync(join(folder, 'rules.yml'), rules)
    writeFileSync(join(folder, 'test.yml'), unitTest)
    return execFileSync(program, ['test', 'rules', join(folder, 'test.yml')], {
      encoding: 'utf8',
      stdio: 'pipe',
    })
  } catch (error) {
    const { stdout, stderr } = error as { stdout: string; stderr: string }
    return `${stdout}${stderr}`.replace(/\n\n+/g, '\n').slice(0, 4000)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Ticks as promtool does, which loads the series as time goes on, and expects of promtool what came out. */
function unitTestOf(generated: Generated): { text: string; firing: number } {
  const store = createStore()
  const evaluator = createEvaluator(loadRules(generated.yaml, 'rules.yml'), store, { ...external, query })
  const alerts = Array.from({ length: steps }, (_, step) => {
    load(store, generated, step)
    evaluator.tick(step * minute)
    expect(
      evaluator.status().flatMap(({ error }) => error ?? []),
      generated.yaml,
    ).toEqual([])
    return firingAt(evaluator, step)
  }).flat()
  // Half steps show the ends of series, which would otherwise be looked back to; NaN is equal to nothing.
  const times = Array.from({ length: 2 * steps }, (_, half) => (half * minute) / 2)
  const series = '{__name__=~"r.*|ALERTS.*"}'
  const samples = times.flatMap(time => [
    samplesAt(store, `last_over_time(${series}[30s]) >= -Inf`, time),
    samplesAt(store, `${series} >= -Inf`, time),
  ])
  const unitTest = {
    interval: '1m',
    external_labels: external.externalLabels,
    external_url: external.externalUrl,
    input_series: [...generated.series].map(([notation, values]) => ({
      series: notation,
      values: values.map(value => value ?? '_').join(' '),
    })),
    promql_expr_test: samples,
    alert_rule_test: alerts,
  }
  const text = JSON.stringify({
    rule_files: ['rules.yml'],
    evaluation_interval: '1m',
    group_eval_order: ['g0', 'g1'],
    tests: [unitTest],
  })
  return { text, firing: alerts.reduce((sum, { exp_alerts }) => sum + exp_alerts.length, 0) }
}

function load(store: Store, { series }: Generated, step: number): void {
  for (const [notation, values] of series) {
    const value = values[step]
    if (value === 'stale') store.markStale(labelsIn(notation), step * minute)
    else if (value !== undefined) store.append(labelsIn(notation), step * minute, value)
  }
}

function firingAt(evaluator: Evaluator, step: number) {
  const rules = evaluator.status().filter(({ rule }) => rule.kind === 'alerting')
  return rules.map(({ rule }) => ({
    eval_time: `${step}m`,
    alertname: rule.name,
    exp_alerts: evaluator
      .alerts()
      .filter(alert => alert.rule === rule && alert.state === 'firing')
      .map(({ labels, annotations }) => ({ exp_labels: plain(labels), exp_annotations: plain(annotations) })),
  }))
}

const plain = (labels: Labels) => Object.fromEntries(labels)

function samplesAt(store: Store, expr: string, time: number) {
  const result = instantQuery(store, expr, time, query)
  const samples = result.type === 'vector' ? result.samples : []
  return {
    expr,
    eval_time: `${time / 1000}s`,
    exp_samples: samples.map(({ labels, value }) => ({
      labels: printLabels(labels),
      value: value === Number.POSITIVE_INFINITY ? '+Inf' : value,
    })),
  }
}
