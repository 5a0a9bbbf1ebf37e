import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { idleExclusions, lint } from './kit/lint-rules/lint.ts'
import { rules } from './kit/lint-rules/rules.ts'
import { panelsOf } from './kit/native/dashboard.ts'
import { serialise } from './kit/render.ts'
import { definitions, outputs, renderAll } from './outputs.ts'

const dashboards = renderAll()

test.each(dashboards.map((dashboard, index) => ({ uid: dashboard.uid, dashboard, index })))(
  '$uid keeps all seventeen lint rules, or says why not',
  ({ dashboard, index }) => {
    const exclusions = definitions[index]!.exclusions ?? []
    expect(rules).toHaveLength(17)
    expect(lint(dashboard, exclusions)).toEqual([])
    expect(idleExclusions(dashboard, exclusions)).toEqual([])
    for (const { reason } of exclusions) expect(reason.length).toBeGreaterThan(30)
  },
)

test('the file for dashboard-linter names every finding with its reason, and nothing else', () => {
  const { exclusions } = parse(outputs()['dashboards/.lint']!) as {
    exclusions: Record<string, { entries: { dashboard: string; panel?: string; reason: string }[] }>
  }
  const named = Object.entries(exclusions).flatMap(([rule, { entries }]) =>
    entries.map(({ dashboard, panel, reason }) => {
      expect(reason.length).toBeGreaterThan(30)
      return [rule, dashboard, panel]
    }),
  )
  const found = dashboards.flatMap(dashboard =>
    lint(dashboard).map(({ rule, panel }) => [rule, dashboard.title, panel]),
  )
  expect(new Set(named.map(String))).toEqual(new Set(found.map(String)))
  expect(new Set(named.map(String)).size).toBe(named.length)
  expect(named.map(String)).toContain('target-promql-rule,Investigate,Failed traces')
})

test('every panel says what is normal and has its own id and place', () => {
  for (const dashboard of dashboards) {
    const panels = panelsOf(dashboard)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    for (const { title, description = '' } of panels.filter(({ type }) => type !== 'text'))
      expect(description.length, `${dashboard.uid}: ${title}`).toBeGreaterThan(60)
    for (const [index, { gridPos: a, title }] of panels.entries())
      for (const { gridPos: b } of panels.slice(index + 1))
        expect(
          a.x < b.x + b.w && b.x < a.x + a.w && a.y < b.y + b.h && b.y < a.y + a.h,
          `${dashboard.uid}: ${title} overlaps`,
        ).toBe(false)
  }
})

test('the output is native: no key of an older schema', () => {
  const legacy = [
    'rows',
    'originalTitle',
    'style',
    'hideControls',
    'sharedCrosshair',
    'hideAllLegends',
    'span',
    'allFormat',
  ]
  for (const dashboard of dashboards) {
    expect(dashboard.schemaVersion).toBe(42)
    const keys = new Set(
      JSON.stringify(dashboard)
        .match(/"(\w+)":/g)
        ?.map(key => key.slice(1, -2)),
    )
    expect(legacy.filter(key => keys.has(key))).toEqual([])
    expect('id' in dashboard).toBe(false)
  }
})

test('the same definitions give the same bytes', () => {
  expect(outputs()).toEqual(outputs())
  expect(renderAll().map(serialise)).toEqual(dashboards.map(serialise))
})
