/** What our rules cost Prometheus: ten objectives over thirty days, staged as we write them and in the naive form. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { parseArgs } from 'node:util'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { findProgram } from '../test/support/programs.ts'
import { median } from './median.ts'
import { type Group, naive, readGroups, slothSpecs, staged } from './rules/forms.ts'
import { writeHistory } from './rules/history.ts'
import { cpuPerMinute, samplesPerMinute } from './rules/measure.ts'

export const usage = `Usage: npm run bench -- rules [options]

Runs the rules of ten objectives on a real Prometheus over 30 days of back-filled data and says what they cost a
minute at the intervals their groups ask for: samples read, which are the same on every machine, and CPU seconds of
the whole Prometheus above those of one without rules. Groups run ten times as often as they ask for meanwhile;
where the machine is too busy for that, CPU time is not told.
Compares our staged rules with the naive form, ratios over raw counters for every window up to the period.
Raw counters reach back the three days of the longest tier, so the naive form gets away with a tenth of what its
period would read.

  --scrape-interval N  seconds between two samples of a counter (default 15)
  --routes N           routes per objective, six counters each (default 4)
  --rounds N           turns of each form, of which the median counts (default 3)
  --seconds N          length of a turn (default 72)
  --against FILE       also measure the groups of this rule file, made by another generator for the same objectives;
                       a group without an interval runs every 30 s, as ours do
  --print-specs        print the objectives as Sloth files, and measure nothing
  --json               print rows {form, groups, rules, samplesPerMinute, cpuPerMinute}

Needs prometheus and promtool in PATH.`

export const options = {
  'scrape-interval': { type: 'string', default: '15' },
  routes: { type: 'string', default: '4' },
  rounds: { type: 'string', default: '3' },
  seconds: { type: 'string', default: '72' },
  against: { type: 'string' },
  'print-specs': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

interface Row {
  form: string
  groups: number
  rules: number
  samplesPerMinute: number
  /** Null where the machine was too busy to tell. */
  cpuPerMinute: number | null
}

export async function run(values: Values): Promise<number> {
  if (values['print-specs']) {
    console.log(slothSpecs().join('---\n'))
    return 0
  }
  const positive = (option: 'rounds' | 'seconds' | 'scrape-interval' | 'routes') => {
    const value = Number(values[option])
    if (Number.isInteger(value) && value > 0) return value
    throw wrongUse(`Cannot read --${option} "${values[option]}": expected a whole number above 0`)
  }
  const progress = (text: string) => {
    if (!values.json) process.stderr.write(`${text}\n`)
  }
  const rounds = positive('rounds')
  const length = positive('seconds')
  const density = { scrapeInterval: positive('scrape-interval'), routes: positive('routes') }
  const [prometheus, promtool] = [program('prometheus'), program('promtool')]
  const forms: Record<string, Group[]> = {
    ours: staged(),
    naive: naive(),
    ...(values.against === undefined
      ? {}
      : { other: readGroups(readFileSync(values.against, 'utf8'), values.against) }),
  }
  const folder = mkdtempSync(join(tmpdir(), 'bench-rules-'))
  try {
    const end = Math.floor(Date.now() / 60_000) * 60 - 60
    progress('writing 30 days')
    const written = await writeHistory(join(folder, 'history.txt'), Object.values(forms).flat(), end, density)
    progress(`back-filling ${written.samples} samples of ${written.series} series`)
    execFileSync(
      promtool,
      ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=486h', 'history.txt', 'data'],
      { cwd: folder, stdio: 'pipe' },
    )
    rmSync(join(folder, 'history.txt'))
    const samples = new Map<string, number>()
    for (const [form, groups] of Object.entries(forms)) {
      progress(`counting the samples of ${form}`)
      samples.set(form, await samplesPerMinute(prometheus, folder, groups, end))
    }
    const cpu = new Map<string, (number | undefined)[]>()
    for (let round = 1; round <= rounds; round++)
      for (const [form, groups] of [['idle', []] as const, ...Object.entries(forms)]) {
        progress(`round ${round} of ${rounds}: ${form}`)
        const used = await cpuPerMinute(prometheus, folder, groups, length)
        cpu.set(form, [...(cpu.get(form) ?? []), used])
      }
    const usedBy = (form: string) => {
      const turns = cpu.get(form)!.filter(used => used !== undefined)
      return turns.length < rounds ? Number.NaN : median(turns)
    }
    const rows = Object.entries(forms).map(([form, groups]) => ({
      form,
      groups: groups.length,
      rules: groups.reduce((sum, { rules }) => sum + rules.length, 0),
      samplesPerMinute: samples.get(form)!,
      cpuPerMinute: orNull(usedBy(form) - usedBy('idle')),
    }))
    if (values.json) console.log(JSON.stringify(rows))
    else {
      console.log(`${written.samples} samples of ${written.series} series`)
      console.log(report(rows))
    }
    return 0
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(rows: readonly Row[]): string {
  const ours = rows[0]!
  const share = (of: number | null, all: number | null) =>
    (of === null || all === null ? 'too busy' : `1/${(all / of).toFixed(1)}`).padStart(11)
  return [
    'form   groups  rules  samples/min  of it ours  CPU s/min  of it ours',
    ...rows.map(row =>
      [
        row.form.padEnd(6),
        String(row.groups).padStart(6),
        String(row.rules).padStart(6),
        String(row.samplesPerMinute).padStart(12),
        share(ours.samplesPerMinute, row.samplesPerMinute),
        (row.cpuPerMinute?.toFixed(4) ?? 'too busy').padStart(10),
        share(ours.cpuPerMinute, row.cpuPerMinute),
      ].join(' '),
    ),
  ].join('\n')
}

function orNull(value: number): number | null {
  return Number.isNaN(value) ? null : value
}

function program(name: string): string {
  const found = findProgram(name, 'the package prometheus')
  if ('program' in found) return found.program
  throw new UserError(`Cannot measure rules: ${found.missing}`)
}
