/** Prometheus and Alertmanager on the rules of the shop, started for a test and gone with it. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { objectives } from '../../alerts/objectives.ts'
import { outputs } from '../../alerts/outputs.ts'
import { alertmanagerConfig, type Receivers } from '../../alerts/routing/alertmanager.ts'
import { practice } from '../../contract/windows.ts'
import { answers, untilReady } from './eventually.ts'
import { type Lab, roles } from './lab-processes.ts'
import { freePorts } from './ports.ts'
import { findAlertmanager, findPrometheus, findPromtool, whyMissing } from './programs.ts'

export interface Monitoring {
  prometheusUrl: string
  alertmanagerUrl: string
  /** What both have written, for the message of a failed test. */
  output: () => string
  stop: () => Promise<void>
}

interface MonitoringOptions {
  prometheus: string
  alertmanager: string
  promtool: string
  /** Interval of scrapes and of rules without one of their own, in seconds. */
  interval: number
  /** Name of each job and the URL its metrics are scraped from. */
  jobs: Readonly<Record<string, string>>
  ruleFiles: Readonly<Record<string, string>>
  alertmanagerConfig: object
  /** Samples from before the start, as OpenMetrics text with timestamps. */
  history?: string
  /** What is done to samples as they are scraped, in Prometheus' form. */
  relabelling?: readonly object[]
}

/** A Prometheus that evaluates the rules and an Alertmanager it notifies, on free ports, gone with `stop`. */
export async function startMonitoring(options: MonitoringOptions): Promise<Monitoring> {
  const folder = mkdtempSync(join(tmpdir(), 'monitoring-'))
  const [prometheusPort, alertmanagerPort] = (await freePorts(2)) as [number, number]
  const prometheusUrl = `http://127.0.0.1:${prometheusPort}`
  const alertmanagerUrl = `http://127.0.0.1:${alertmanagerPort}`
  for (const [name, content] of Object.entries(options.ruleFiles)) writeFileSync(join(folder, name), content)
  writeFileSync(join(folder, 'alertmanager.yaml'), stringify(options.alertmanagerConfig))
  writeFileSync(
    join(folder, 'prometheus.yaml'),
    stringify({
      global: {
        scrape_interval: `${options.interval}s`,
        scrape_timeout: `${options.interval}s`,
        evaluation_interval: `${options.interval}s`,
      },
      rule_files: Object.keys(options.ruleFiles),
      alerting: { alertmanagers: [{ static_configs: [{ targets: [`127.0.0.1:${alertmanagerPort}`] }] }] },
      scrape_configs: Object.entries(options.jobs).map(([job, url]) => {
        const { host, pathname } = new URL(url)
        return {
          job_name: job,
          metrics_path: pathname,
          static_configs: [{ targets: [host] }],
          metric_relabel_configs: options.relabelling ?? [],
        }
      }),
    }),
  )
  if (options.history !== undefined) {
    writeFileSync(join(folder, 'history.txt'), options.history)
    execFileSync(options.promtool, ['tsdb', 'create-blocks-from', 'openmetrics', 'history.txt', 'data'], {
      cwd: folder,
      stdio: 'pipe',
    })
  }
  const alertmanager = start(options.alertmanager, folder, [
    '--config.file=alertmanager.yaml',
    '--storage.path=notifications',
    '--cluster.listen-address=',
    `--web.listen-address=127.0.0.1:${alertmanagerPort}`,
  ])
  const prometheus = start(options.prometheus, folder, [
    '--config.file=prometheus.yaml',
    '--storage.tsdb.path=data',
    `--web.listen-address=127.0.0.1:${prometheusPort}`,
  ])
  const output = () => `${prometheus.output()}\n${alertmanager.output()}`
  const stop = async () => {
    await Promise.all([prometheus.stop(), alertmanager.stop()])
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await Promise.all([
      untilReady({ name: 'Prometheus', ...prometheus }, answers(`${prometheusUrl}/-/ready`)),
      untilReady({ name: 'Alertmanager', ...alertmanager }, answers(`${alertmanagerUrl}/-/ready`)),
    ])
  } catch (error) {
    await stop()
    throw error
  }
  return { prometheusUrl, alertmanagerUrl, output, stop }
}

type MonitoringPrograms = Pick<MonitoringOptions, 'prometheus' | 'alertmanager' | 'promtool'>

/** The programs `startMonitoring` needs, or what is missing and where to get it. */
export function monitoringPrograms(): { programs: MonitoringPrograms } | { missing: string } {
  const found = {
    prometheus: findPrometheus(),
    alertmanager: findAlertmanager(),
    promtool: findPromtool(),
  }
  const missing = whyMissing(...Object.values(found))
  if (missing !== undefined) return { missing }
  const programs = Object.entries(found).flatMap(([name, each]) =>
    'program' in each ? [[name, each.program]] : [],
  )
  return { programs: Object.fromEntries(programs) as MonitoringPrograms }
}

/** The shop as the practice preset watches it. */
export function practiceMonitoring(
  lab: Lab,
  programs: MonitoringPrograms,
  receivers: Receivers,
  { history, relabelling = [] }: Pick<MonitoringOptions, 'history' | 'relabelling'> = {},
): Promise<Monitoring> {
  const rules = 'rules/practice/'
  return startMonitoring({
    ...programs,
    interval: practice.scrapeInterval,
    jobs: Object.fromEntries(roles.map(role => [role, `${lab[role].adminUrl}/metrics`])),
    ruleFiles: Object.fromEntries(
      Object.entries(outputs()).flatMap(([path, content]) =>
        path.startsWith(rules) ? [[path.slice(rules.length), content]] : [],
      ),
    ),
    alertmanagerConfig: alertmanagerConfig(objectives, practice, receivers),
    relabelling,
    ...(history === undefined ? {} : { history }),
  })
}

function start(program: string, cwd: string, args: string[]) {
  const child = spawn(program, args, { cwd, stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output = (output + text).slice(-20_000)
    })
  const ended = once(child, 'close')
  // A test that breaks off must not leave processes behind.
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  return {
    child: () => child,
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      process.off('exit', kill)
    },
  }
}
