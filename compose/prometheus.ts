/** Prometheus: what to scrape, which rules to evaluate, whom to tell. */

import { ruleFilePaths } from '../alerts/outputs.ts'
import { duration } from '../contract/durations.ts'
import { addressLabels, type Place } from '../contract/links.ts'
import type { PortName } from '../contract/ports.ts'
import type { Preset } from '../contract/windows.ts'
import { retention } from './retention.ts'
import type { Host, Target } from './targets.ts'

/** Scrape jobs by name; of the service, the job is the service's name. */
const serviceJobs: Record<string, [Host, PortName]> = {
  shop: ['shop', 'shopAdmin'],
  payments: ['payments', 'paymentsAdmin'],
  worker: ['worker', 'workerAdmin'],
  load: ['load', 'load'],
}

const stackJobs: Record<string, [Host, PortName]> = {
  prometheus: ['prometheus', 'prometheus'],
  alertmanager: ['alertmanager', 'alertmanager'],
  loki: ['loki', 'loki'],
  tempo: ['tempo', 'tempo'],
  collector: ['collector', 'collectorMetrics'],
  grafana: ['grafana', 'grafana'],
}

const labJobs: Record<string, [Host, PortName]> = { lab: ['grafana', 'grafana'] }

export function prometheusConfig(target: Target, preset: Preset) {
  return {
    global: {
      scrape_interval: duration(preset.scrapeInterval),
      scrape_timeout: duration(Math.min(preset.scrapeInterval, 5)),
      evaluation_interval: duration(preset.evaluationInterval),
      external_labels: Object.fromEntries(
        Object.entries(target.links).map(([place, address]) => [addressLabels[place as Place], address]),
      ),
    },
    storage: { exemplars: { max_exemplars: 50_000 } },
    // Relative to stack/TARGET/PRESET, where this file lies.
    rule_files: ruleFilePaths(preset).map(path => `../../../${path}`),
    alerting: {
      // Where links lead is for the templates of alerts alone; as labels of alerts they would split their groups.
      alert_relabel_configs: [{ action: 'labeldrop', regex: Object.values(addressLabels).join('|') }],
      alertmanagers: target.leftOut.has('alertmanager')
        ? []
        : [{ static_configs: [{ targets: [target.address('alertmanager', 'alertmanager')] }] }],
    },
    scrape_configs: Object.entries({ ...serviceJobs, ...(target.name === 'lab' ? labJobs : stackJobs) })
      .filter(([, [host]]) => !target.leftOut.has(host))
      .map(([name, [host, port]]) => ({
        job_name: name,
        static_configs: [{ targets: [target.address(host, port)] }],
      })),
  }
}

/** Traces' metrics arrive by remote write; exemplars point from a metric to a trace. */
export function prometheusArguments(target: Target, configFile: string, keep: string): string[] {
  return [
    `--config.file=${configFile}`,
    `--storage.tsdb.path=${target.data('prometheus')}`,
    `--storage.tsdb.retention.time=${keep}`,
    `--storage.tsdb.retention.size=${retention.metricsSize}`,
    `--web.listen-address=${target.listen}:${target.port('prometheus')}`,
    '--web.enable-remote-write-receiver',
    '--enable-feature=exemplar-storage',
  ]
}
