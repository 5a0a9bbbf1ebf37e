/** Lets a real Prometheus evaluate groups over back-filled data, and asks it how long each took. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { stringify } from 'yaml'
import { duration, seconds } from '../../alerts/durations.ts'
import { production } from '../../alerts/windows.ts'
import { freePorts } from '../../test/lab-processes.ts'
import type { Group } from './forms.ts'

export interface Cost {
  groups: number
  rules: number
  /** Seconds of evaluation per minute, at the intervals the groups ask for. */
  secondsPerMinute: number
}

/** How long a group takes does not depend on how often it runs, so all run at this interval to be done sooner. */
const benchInterval = 10

export async function measure(
  prometheus: string,
  folder: string,
  groups: readonly Group[],
  rounds: number,
): Promise<Cost> {
  for (const leftover of ['wal', 'chunks_head', 'lock', 'queries.active'])
    rmSync(join(folder, 'data', leftover), { recursive: true, force: true })
  writeFileSync(
    join(folder, 'rules.yaml'),
    stringify({ groups: groups.map(group => ({ ...group, interval: `${benchInterval}s` })) }),
  )
  writeFileSync(join(folder, 'prometheus.yaml'), stringify({ rule_files: ['rules.yaml'] }))
  const [port] = await freePorts(1)
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
  try {
    const times = await follow(`http://127.0.0.1:${port}`, groups, rounds, () => output)
    const interval = (group: Group) => seconds(group.interval ?? duration(production.evaluationInterval))
    return {
      groups: groups.length,
      rules: groups.reduce((sum, { rules }) => sum + rules.length, 0),
      secondsPerMinute: groups.reduce(
        (sum, group) => sum + (Math.min(...times.get(group.name)!) * 60) / interval(group),
        0,
      ),
    }
  } finally {
    child.kill('SIGTERM')
    await ended
    process.off('exit', kill)
  }
}

/** The first evaluation of a group reads cold files, so it does not count; of the others the quickest was least disturbed. */
async function follow(
  url: string,
  groups: readonly Group[],
  rounds: number,
  output: () => string,
): Promise<Map<string, number[]>> {
  const seen = new Map(groups.map(({ name }) => [name, new Map<string, number>()]))
  const deadline = Date.now() + (rounds + 2) * benchInterval * 10_000
  while ([...seen.values()].some(evaluations => evaluations.size < rounds + 1)) {
    if (Date.now() > deadline)
      throw new Error(`Cannot measure: expected ${rounds + 1} evaluations of every group\n${output()}`)
    await wait(1_000)
    const answer = await fetch(`${url}/api/v1/rules`).catch(() => undefined)
    if (!answer?.ok) continue
    const { data } = (await answer.json()) as {
      data: {
        groups: {
          name: string
          lastEvaluation: string
          evaluationTime: number
          rules: { name: string; health: string; lastError?: string }[]
        }[]
      }
    }
    for (const { name, lastEvaluation, evaluationTime, rules } of data.groups) {
      if (lastEvaluation.startsWith('0001')) continue
      const failed = rules.find(({ health }) => health === 'err')
      if (failed !== undefined)
        throw new Error(`Cannot measure: expected ${failed.name} of ${name} to work, got ${failed.lastError}`)
      seen.get(name)!.set(lastEvaluation, evaluationTime)
    }
  }
  return new Map([...seen].map(([name, evaluations]) => [name, [...evaluations.values()].slice(1)]))
}
