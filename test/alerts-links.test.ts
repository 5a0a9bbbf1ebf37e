/** Where a notification leads: the dashboard, its variables and the panel are there in what Grafana is given. */
import { expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { ruleGroups } from '../alerts/outputs.ts'
import { type AlertRule, isAlert } from '../alerts/rules.ts'
import { addressOf, atUsualAddresses, burnRatePanel } from '../contract/links.ts'
import { presets } from '../contract/windows.ts'
import { outputs } from '../dashboards/outputs.ts'

interface PanelJson {
  id: number
  title?: string
  panels?: PanelJson[]
}

interface DashboardJson {
  uid: string
  templating: { list: { name: string }[] }
  panels: PanelJson[]
}

const dashboards = new Map(
  Object.entries(outputs())
    .filter(([path]) => path.endsWith('.json'))
    .map(([, text]) => {
      const dashboard = JSON.parse(text) as DashboardJson
      return [dashboard.uid, dashboard]
    }),
)

test.each(presets)(
  'every alert of preset $name leads to a dashboard, variables and panel that exist',
  preset => {
    const alerts = alertsOf(preset)
    expect(alerts.length).toBeGreaterThan(20)
    expect(
      alerts.flatMap(alert => broken(alert.annotations.dashboard_url).map(why => `${alert.alert}: ${why}`)),
    ).toEqual([])
  },
)

test.each(presets)('every burn alert of preset $name opens the burn rate of its own objective', preset => {
  const burns = alertsOf(preset).filter(({ labels }) => labels.burn_tier !== undefined)
  expect(burns).toHaveLength(objectives.length * preset.tiers.length)
  for (const { annotations, labels } of burns) {
    const { dashboard, variables, panel } = target(annotations.dashboard_url)
    expect(dashboard?.uid).toBe('sightline-slo')
    expect(variables).toEqual({ slo: labels.slo })
    expect(panel?.title).toBe(burnRatePanel)
  }
})

test.each([
  ['/d/sightline-gone', 'no dashboard'],
  ['/d/sightline-slo?var-nothing=1', 'no variable nothing'],
  ['/d/sightline-slo?var-slo=shop-latency&viewPanel=panel-100000', 'no panel panel-100000'],
])('a link that leads nowhere is found: %s', (path, why) => {
  expect(broken(`${addressOf('grafana')}${path}`)).toEqual([why])
})

function alertsOf(preset: (typeof presets)[number]): AlertRule[] {
  return ruleGroups(preset).flatMap(({ rules }) => rules.filter(isAlert))
}

function broken(url: string): string[] {
  const { dashboard, variables, panel, viewPanel } = target(url)
  if (dashboard === undefined) return ['no dashboard']
  const known = dashboard.templating.list.map(({ name }) => name)
  return [
    ...Object.keys(variables)
      .filter(name => !known.includes(name))
      .map(name => `no variable ${name}`),
    ...(viewPanel !== null && panel === undefined ? [`no panel ${viewPanel}`] : []),
  ]
}

function target(text: string) {
  const url = new URL(atUsualAddresses(text))
  const dashboard = dashboards.get(url.pathname.replace(/^\/d\//, ''))
  const viewPanel = url.searchParams.get('viewPanel')
  const variables = Object.fromEntries(
    [...url.searchParams].flatMap(([name, value]) =>
      name.startsWith('var-') ? [[name.slice('var-'.length), value]] : [],
    ),
  )
  const panels = dashboard?.panels.flatMap(panel => [panel, ...(panel.panels ?? [])])
  return { dashboard, variables, viewPanel, panel: panels?.find(({ id }) => `panel-${id}` === viewPanel) }
}
