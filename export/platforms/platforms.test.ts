import { expect, test } from 'vitest'
import { parseDocument } from 'yaml'
import { ruleGroups } from '../../alerts/outputs.ts'
import { plainGroups } from '../../alerts/rules.ts'
import { presets } from '../../contract/windows.ts'
import { grafanaAlerting } from './grafana-alerting.ts'
import { type Platform, platformFiles, platforms } from './platforms.ts'

test.each(Object.keys(platforms) as Platform[])('every file for %s is YAML', platform => {
  for (const preset of presets) {
    const files = platformFiles(platform, preset)
    expect(Object.keys(files)).toEqual(ruleGroups(preset).map(({ name }) => `${name}.yaml`))
    for (const [path, content] of Object.entries(files))
      expect(parseDocument(content).errors, path).toEqual([])
  }
})

test.each([
  ['kubernetes', (file: { spec: { groups: unknown } }) => file.spec.groups],
  ['mimir', (file: { groups: unknown }) => file.groups],
] as const)('%s gets the groups as Prometheus reads them', (platform, groupsOf) => {
  for (const preset of presets)
    for (const group of ruleGroups(preset)) {
      const file = parseDocument(platformFiles(platform, preset)[`${group.name}.yaml`]!).toJS()
      expect(groupsOf(file)).toEqual(plainGroups([group]))
    }
})

test('alerts for Grafana have ids of their own that Grafana accepts, and labels it leaves alone', () => {
  for (const preset of presets) {
    const { groups } = grafanaAlerting(ruleGroups(preset), 'prometheus') as {
      groups: {
        rules: { uid: string; labels: Record<string, string>; annotations: Record<string, string> }[]
      }[]
    }
    const uids = groups.flatMap(group => group.rules.map(rule => rule.uid))
    expect(new Set(uids).size).toBe(uids.length)
    for (const uid of uids) expect(uid).toMatch(/^[a-z0-9-]{1,40}$/)
    const labels = groups.flatMap(group => group.rules.flatMap(rule => Object.values(rule.labels)))
    // A single dollar sign would be an environment variable to its provisioning.
    expect(labels).toContain('{{ $$labels.job }}')
    const annotations = groups.flatMap(group => group.rules.flatMap(rule => Object.values(rule.annotations)))
    expect(annotations.filter(text => text.includes('$externalLabels'))).toEqual([])
    expect(labels.filter(text => /\$/.test(text.replaceAll('$$', '')))).toEqual([])
  }
})
