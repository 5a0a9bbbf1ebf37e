/** Prometheus, Alertmanager and their tools where the machine has them; each says why when it has not. */
import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stringify } from 'yaml'
import { objectives } from '../../alerts/objectives.ts'
import { outputs } from '../../alerts/outputs.ts'
import { alertmanagerConfig, type Receivers } from '../../alerts/routing/alertmanager.ts'
import { practice } from '../../contract/windows.ts'
import { freePorts, type Lab, roles } from './lab-processes.ts'

export type Program = { program: string } | { missing: string }

/** `names` are tried in turn, as distributions call the same program differently. */
export function findProgram(names: string | readonly string[], from: string): Program {
  const wanted = typeof names === 'string' ? [names] : names
  const program = wanted
    .flatMap(name => (process.env.PATH ?? '').split(delimiter).map(place => join(place, name)))
    .find(existsSync)
  return program === undefined
    ? { missing: `no ${wanted.join(' or ')} in PATH: install ${from}` }
    : { program }
}

export interface Monitoring {
  prometheusUrl: string
  alertmanagerUrl: string
  /** What both have written, for the message of a failed test. */
  output: () => string
  stop: () => Promise<void>
}

export interface MonitoringOptions {
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
        return { job_name: job, metrics_path: pathname, static_configs: [{ targets: [host] }] }
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
    await Promise.all([untilReady(prometheusUrl, output), untilReady(alertmanagerUrl, output)])
  } catch (error) {
    await stop()
    throw error
  }
  return { prometheusUrl, alertmanagerUrl, output, stop }
}

export type MonitoringPrograms = Pick<MonitoringOptions, 'prometheus' | 'alertmanager' | 'promtool'>

/** The programs `startMonitoring` needs, or what is missing and where to get it. */
export function monitoringPrograms(): { programs: MonitoringPrograms } | { missing: string } {
  const found = {
    prometheus: findProgram('prometheus', 'prometheus'),
    alertmanager: findProgram(['alertmanager', 'prometheus-alertmanager'], 'prometheus-alertmanager'),
    promtool: findProgram('promtool', 'prometheus'),
  }
  const missing = Object.values(found).flatMap(each => ('missing' in each ? [each.missing] : []))
  if (missing.length > 0) return { missing: missing.join('; ') }
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
  history?: string,
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
    ...(history === undefined ? {} : { history }),
  })
}

async function untilReady(url: string, output: () => string): Promise<void> {
  const deadline = Date.now() + 30_000
  while (!(await fetch(`${url}/-/ready`).catch(() => undefined))?.ok) {
    if (Date.now() > deadline)
      throw new Error(`Cannot start ${url}: expected it to be ready within 30 s\n${output()}`)
    await wait(100)
  }
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
    output: () => output,
    stop: async () => {
      child.kill('SIGTERM')
      await ended
      process.off('exit', kill)
    },
  }
}
