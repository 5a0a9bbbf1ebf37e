/** The recipe against a noisy alert: its queries answer what it says, and what it names and counts is there. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ruleGroups } from '../alerts/outputs.ts'
import { isAlert } from '../alerts/rules.ts'
import { findFault } from '../app/faults/catalogue.ts'
import { dependencyBudgets } from '../contract/budgets.ts'
import { practice } from '../contract/windows.ts'
import { createStore, instantQuery, readMetrics } from '../engines/promql/index.ts'
import { blocksOf, inlineCodeOf, read, root } from './support/documents.ts'

const document = 'docs/too-noisy.md'
const week = 7 * 24 * 3600
const evaluationSeconds = 60

test('its queries find the noisiest alert and how far the measure goes', () => {
  const store = createStore({ retention: 2 * week * 1000 })
  const start = 1_700_000_000
  const times = Array.from(
    { length: week / evaluationSeconds },
    (_, each) => start + each * evaluationSeconds,
  )
  const lines = times.flatMap((time, index) => [
    `messaging_queue_messages{messaging_destination_name="fulfilment",state="ready"} ${index % 100 < 30 ? 800 : 20} ${time}`,
    ...(index % 100 < 30 ? [firing('QueueBacklog', time)] : []),
    ...(index % 100 < 2 ? [firing('SlowQueries', time)] : []),
  ])
  readMetrics(store, `${lines.join('\n')}\n# EOF\n`)
  const answers = blocksOf(document)
    .filter(({ language }) => language === 'promql')
    .map(({ code }) => instantQuery(store, code, times.at(-1)! * 1000))
  const [noisiest, highest] = answers.map(answer =>
    answer.type === 'vector'
      ? answer.samples.map(({ labels, value }) => [
          labels.get('alertname') ?? labels.get('messaging_destination_name'),
          value,
        ])
      : [],
  )
  expect(noisiest!.map(([name]) => name)).toEqual(['QueueBacklog', 'SlowQueries'])
  expect(highest).toEqual([['fulfilment', 800]])
})

test('what it names is there', () => {
  const code = inlineCodeOf(document)
  const paths = code.filter(each => each.includes('/') && !each.includes(' '))
  expect(paths.length).toBeGreaterThan(4)
  expect(paths.filter(path => !existsSync(join(root, path)))).toEqual([])
  const alerts = new Set(
    ruleGroups(practice).flatMap(({ rules }) => rules.filter(isAlert).map(rule => rule.alert)),
  )
  const alertNames = code.filter(each => /^([A-Z][a-z]+){2,}$/.test(each))
  expect(alertNames.filter(name => !alerts.has(name))).toEqual([])
  expect(read('contract/windows.ts')).toContain('cause: { window: number; for: number }')
  expect(read('alerts/objectives.ts')).toMatch(/traffic: \{[^}]*minimumErrors/)
  expect(read('alerts/causes/kit/alert.ts')).toContain('atOnce')
  for (const title of ['Alert tuning', 'Alerts without a fault', 'Precision', 'Time to detect'])
    expect(read('dashboards/tuning.ts')).toContain(`title: '${title}'`)
})

test('the numbers of its example are those of the alert', () => {
  const text = read(document)
  expect(text).toContain(`\`queueDepth: ${dependencyBudgets.queueDepth}\``)
  const [shown] = /own example fires at (\d+)/.exec(text)!.slice(1)
  expect(read('alerts/causes/QueueBacklog.ts')).toContain(`fires: gauge(jobs.depth, ready, ${shown})`)
  expect(Number(shown)).toBeGreaterThan(dependencyBudgets.queueDepth)
  expect(text).toContain(findFault('slow-consumer')!.alert.name)
})

function firing(alertname: string, time: number): string {
  return `ALERTS{alertname="${alertname}",alertstate="firing",severity="ticket"} 1 ${time}`
}
