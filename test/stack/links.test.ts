/** What Grafana is provisioned with leads only to dashboards and variables there are. */

import { expect, test } from 'vitest'
import { datasourcesConfig } from '../../compose/grafana.ts'
import { containers } from '../../compose/targets.ts'
import { practice } from '../../contract/windows.ts'
import { definitions } from '../../dashboards/outputs.ts'

const text = JSON.stringify(datasourcesConfig(containers, practice))

test('links to dashboards fill in variables these dashboards have', () => {
  const links = [...text.matchAll(/"\/d\/([\w-]+)\?([^"]*)"/g)]
  expect(links.length).toBeGreaterThan(1)
  for (const [, uid, query] of links) {
    const dashboard = definitions.find(definition => definition.uid === uid)
    const known = dashboard?.variables.map(({ name }) => `var-${name}`)
    const [time, ...variables] = [...new URLSearchParams(query).keys()].toReversed()
    // Without it a trace of hours ago would open in the last hour.
    expect(time).toBe('$${__url_time_range}')
    expect(variables.length).toBeGreaterThan(0)
    for (const name of variables) expect(known).toContain(name)
  }
})
