/** A page per alert, whose links, queries and faults exist. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { ruleGroups } from '../alerts/outputs.ts'
import { isAlert } from '../alerts/rules.ts'
import { faults } from '../app/faults/catalogue.ts'
import { dashboardUids } from '../contract/links.ts'
import type { Language } from '../contract/parse.ts'
import { selectors, syntaxProblem } from '../contract/parse.ts'
import { allMetrics } from '../contract/shop-signals.ts'
import { allStackMetrics } from '../contract/stack-signals.ts'
import { presets } from '../contract/windows.ts'

const folder = fileURLToPath(new URL('../docs/runbooks', import.meta.url))
const rules = presets.flatMap(preset => ruleGroups(preset)).flatMap(group => group.rules)
const alerts = [...new Set(rules.filter(isAlert).map(rule => rule.alert))].toSorted()
const pages = Object.fromEntries(
  readdirSync(folder).map(file => [file.replace(/\.md$/, ''), readFileSync(join(folder, file), 'utf8')]),
)
const series = new Set([
  ...rules.flatMap(rule => (isAlert(rule) ? [] : [rule.record])),
  ...[...allMetrics, ...allStackMetrics].flatMap(({ name, kind }) =>
    kind === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  ),
])

test('every alert has a page and every page an alert', () => {
  expect(Object.keys(pages).toSorted()).toEqual(alerts)
})

test('every alert a fault promises exists', () => {
  for (const { id, alert } of faults) expect(alerts, id).toContain(alert.name)
})

test.each(alerts)('%s', alert => {
  const page = pages[alert]!
  const headings = [...page.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => heading)
  expect(headings).toEqual([alert, 'Meaning', 'Impact', 'Diagnosis', 'Mitigation', 'Reproduce'])

  const linked = [...page.matchAll(/\/d\/([a-z-]+)|`(sightline-[a-z]+)`/g)].map(
    ([, url, name]) => url ?? name,
  )
  expect(linked.length).toBeGreaterThan(0)
  for (const uid of linked) expect(Object.values<string>(dashboardUids)).toContain(uid)

  const queries = [...page.matchAll(/```(promql|logql|traceql)\n\s*(.+)\n/g)].map(([, language, query]) => ({
    language: language as Language,
    query: query!,
  }))
  expect(queries.length).toBeGreaterThan(0)
  for (const { language, query } of queries) {
    expect(syntaxProblem(language, query), query).toBeUndefined()
    if (language === 'promql')
      for (const { metric } of selectors(query)) expect(series, query).toContain(metric.text)
  }

  for (const [, id] of page.matchAll(/npm run fault -- start ([a-z-]+)/g))
    expect(faults.map(fault => fault.id)).toContain(id)
  const names = [...page.matchAll(/\b(?:see|See|and) ([A-Z][a-z]+(?:[A-Z][A-Za-z]+)+)/g)].map(
    ([, name]) => name,
  )
  for (const name of names) expect(alerts, name).toContain(name)
})
