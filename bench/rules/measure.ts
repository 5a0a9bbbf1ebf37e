/** What groups of rules cost a real Prometheus over back-filled data: samples read, and CPU time. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stringify } from 'yaml'
import { duration, seconds } from '../../contract/durations.ts'
import { production } from '../../contract/windows.ts'
import { freePort } from '../../test/support/ports.ts'
import type { Group } from './forms.ts'

/** Groups run this many times as often as they ask for, so that minutes show what hours cost. */
const speedup = 10

/** Samples a minute of evaluations reads, the same on every machine. */
export async function samplesPerMinute(
  prometheus: string,
  folder: string,
  groups: readonly Group[],
  time: number,
): Promise<number> {
  const server = await start(prometheus, folder, [])
  try {
    let sum = 0
    for (const group of groups)
      for (const { expr } of group.rules)
        sum += ((await samplesRead(server.url, expr, time)) * 60) / intervalOf(group)
    return Math.round(sum)
  } finally {
    await server.stop()
  }
}

/**
 * CPU seconds of the whole process for a minute of evaluations, over `length` seconds; undefined where the machine is
 * so busy that Prometheus skipped some, as it would spare the dearest groups most.
 */
export async function cpuPerMinute(
  prometheus: string,
  folder: string,
  groups: readonly Group[],
  length: number,
): Promise<number | undefined> {
  const server = await start(prometheus, folder, groups)
  try {
    // The first evaluations read cold files.
    await wait((1_000 * Math.max(...groups.map(intervalOf), production.slowInterval)) / speedup)
    const before = await ownMetrics(server.url)
    const began = performance.now()
    await wait(length * 1_000)
    const after = await ownMetrics(server.url)
    const used = after.cpuSeconds - before.cpuSeconds
    await refuseFailures(server.url)
    if (after.skipped > before.skipped) return undefined
    return (used * 60_000) / (performance.now() - began) / speedup
  } finally {
    await server.stop()
  }
}

function intervalOf({ interval }: Group): number {
  return seconds(interval ?? duration(production.evaluationInterval))
}

async function start(prometheus: string, folder: string, groups: readonly Group[]) {
  for (const leftover of ['wal', 'chunks_head', 'lock', 'queries.active'])
    rmSync(join(folder, 'data', leftover), { recursive: true, force: true })
  const quickened = groups.map(group => ({
    ...group,
    interval: `${(intervalOf(group) * 1_000) / speedup}ms`,
  }))
  writeFileSync(join(folder, 'rules.yaml'), stringify({ groups: quickened }))
  writeFileSync(join(folder, 'prometheus.yaml'), stringify({ rule_files: ['rules.yaml'] }))
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const child = spawn(
    prometheus,
    [
      '--config.file=prometheus.yaml',
      '--storage.tsdb.path=data',
      `--storage.tsdb.retention.time=${duration(production.retention + 86_400)}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  const kill = () => child.kill('SIGKILL')
  process.once('exit', kill)
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-5_000)
  })
  const ended = once(child, 'close')
  const stop = async () => {
    child.kill('SIGTERM')
    await ended
    process.off('exit', kill)
  }
  const deadline = Date.now() + 120_000
  while (!(await fetch(`${url}/-/ready`).catch(() => undefined))?.ok) {
    if (Date.now() > deadline || child.exitCode !== null) {
      await stop()
      throw new Error(`Cannot measure: expected Prometheus to be ready within 120 s\n${output}`)
    }
    await wait(200)
  }
  return { url, stop }
}

async function samplesRead(url: string, expr: string, time: number): Promise<number> {
  const answer = await fetch(`${url}/api/v1/query`, {
    method: 'POST',
    body: new URLSearchParams({ query: expr, time: String(time), stats: 'all' }),
  })
  const { data, error } = (await answer.json()) as {
    data?: { stats: { samples: { totalQueryableSamples: number } } }
    error?: string
  }
  if (data === undefined) throw new Error(`Cannot measure ${expr}: expected it to work, got ${error}`)
  return data.stats.samples.totalQueryableSamples
}

/** Prometheus counts its own CPU time, on every platform it runs on. */
async function ownMetrics(url: string): Promise<{ cpuSeconds: number; skipped: number }> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const sum = (name: string) =>
    [...text.matchAll(new RegExp(`^${name}(?:{.*})? (\\S+)$`, 'gm'))].reduce(
      (total, [, value]) => total + Number(value),
      0,
    )
  const cpuSeconds = sum('process_cpu_seconds_total')
  if (cpuSeconds === 0) throw new Error('Cannot measure: expected Prometheus to tell its CPU time')
  return { cpuSeconds, skipped: sum('prometheus_rule_group_iterations_missed_total') }
}

async function refuseFailures(url: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/rules`)
  const { data } = (await answer.json()) as {
    data: { groups: { name: string; rules: { name: string; health: string; lastError?: string }[] }[] }
  }
  for (const { name, rules } of data.groups) {
    const failed = rules.find(({ health }) => health !== 'ok')
    if (failed !== undefined)
      throw new Error(
        `Cannot measure: expected ${failed.name} of ${name} to work, got ${failed.lastError || failed.health}`,
      )
  }
}
