/** Everything this folder writes to generated/: path below it, and content. */
import { toYaml } from '../alerts/rules.ts'
import { type Preset, presets } from '../contract/windows.ts'
import { alertmanagerConfig } from './alertmanager.ts'
import { collectorConfig } from './collector.ts'
import { composeFile } from './compose-file.ts'
import { dashboardsConfig, datasourcesConfig } from './grafana.ts'
import { lokiConfig } from './loki.ts'
import { presetVariables } from './presets.ts'
import { prometheusConfig } from './prometheus.ts'
import { containers, inOneProcess, loopback, type Target } from './targets.ts'
import { tempoConfig } from './tempo.ts'

/** Relative to the folder the servers are started in: the repository's. */
export const onThisMachine = loopback({ data: '.data/stack', generated: 'generated' })

export function outputs(): Record<string, string> {
  return {
    ...targetFiles(containers),
    ...targetFiles(onThisMachine),
    ...labFiles(inOneProcess()),
    ...Object.fromEntries(
      presets.map(preset => [`stack/compose/${preset.name}/preset.env`, environmentFile(preset)]),
    ),
    'stack/compose/compose.yaml': yaml(composeFile()),
  }
}

/** The configurations of one target, such as `stack/loopback/practice/prometheus.yml`. */
export function targetFiles(target: Target): Record<string, string> {
  const folder = `stack/${target.name}`
  return {
    [`${folder}/loki.yaml`]: yaml(lokiConfig(target)),
    [`${folder}/tempo.yaml`]: yaml(tempoConfig(target)),
    [`${folder}/collector.yaml`]: yaml(collectorConfig(target)),
    ...Object.assign({}, ...presets.map(preset => presetFiles(target, preset, `${folder}/${preset.name}`))),
  }
}

/** Of the lab, whose one process reads these two alone: `stack/lab/practice/prometheus.yml`. */
export function labFiles(target: Target): Record<string, string> {
  return Object.assign({}, ...presets.map(preset => serverFiles(target, preset, `stack/lab/${preset.name}`)))
}

function serverFiles(target: Target, preset: Preset, folder: string): Record<string, string> {
  return {
    [`${folder}/prometheus.yml`]: yaml(prometheusConfig(target, preset)),
    [`${folder}/alertmanager.yml`]: yaml(alertmanagerConfig(target, preset)),
  }
}

function presetFiles(target: Target, preset: Preset, folder: string): Record<string, string> {
  return {
    ...serverFiles(target, preset, folder),
    [`${folder}/grafana/datasources/sightline.yaml`]: yaml(datasourcesConfig(target, preset)),
    [`${folder}/grafana/dashboards/sightline.yaml`]: yaml(dashboardsConfig(target)),
    // Grafana logs an error for each of its folders that is not there.
    [`${folder}/grafana/plugins/none.yaml`]: yaml({ apiVersion: 1 }),
    [`${folder}/grafana/alerting/none.yaml`]: yaml({ apiVersion: 1 }),
  }
}

const header = 'Made by `npm run generate` from compose/; do not edit'

function yaml(content: object): string {
  return toYaml(content, `# ${header}\n`)
}

function environmentFile(preset: Preset): string {
  const lines = Object.entries(presetVariables(preset)).map(([name, value]) => `${name}=${value}`)
  return `# ${header}\n${lines.join('\n')}\n`
}
