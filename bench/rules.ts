/** What our rules cost Prometheus: ten objectives over thirty days, staged as we write them and in the naive form. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findProgram } from '../test/monitoring-servers.ts'
import { naive, readGroups, slothSpecs, staged } from './rules/forms.ts'
import { writeHistory } from './rules/history.ts'
import { type Cost, measure } from './rules/measure.ts'

const usage = `Usage: npm run bench -- rules [options]

Evaluates the rules of ten objectives on a real Prometheus over 30 days of back-filled data and reads from its
API how long each group takes; a figure is seconds of evaluation per minute at the intervals the groups ask for.
Compares our staged rules with the naive form, ratios over raw counters for every window up to the period.
Raw counters are 24 series per objective, scraped every 15 s, and reach back the three days of the longest tier,
so the naive form gets away with a tenth of what its period would read.

  --rounds N        evaluations of each group, of which the quickest counts (default 6)
  --against FILE    also measure the groups of this rule file, made by another generator for the same objectives
  --print-specs     print the objectives as Sloth files, and measure nothing
  --json            print rows {form, groups, rules, secondsPerMinute}

Needs prometheus and promtool in PATH.`

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '6' },
    against: { type: 'string' },
    'print-specs': { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})

if (values.help) console.log(usage)
else if (values['print-specs']) console.log(slothSpecs().join('---\n'))
else await main()

async function main(): Promise<void> {
  const rounds = positive('rounds', values.rounds)
  const [prometheus, promtool] = [program('prometheus'), program('promtool')]
  const forms = {
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
    const written = await writeHistory(join(folder, 'history.txt'), Object.values(forms).flat(), end)
    progress(`back-filling ${written.samples} samples of ${written.series} series`)
    execFileSync(
      promtool,
      ['tsdb', 'create-blocks-from', 'openmetrics', '--max-block-duration=486h', 'history.txt', 'data'],
      { cwd: folder, stdio: 'pipe' },
    )
    rmSync(join(folder, 'history.txt'))
    const rows: (Cost & { form: string })[] = []
    for (const [form, groups] of Object.entries(forms)) {
      progress(`evaluating ${form}`)
      rows.push({ form, ...(await measure(prometheus, folder, groups, rounds)) })
    }
    if (values.json) console.log(JSON.stringify(rows))
    else {
      console.log(`${written.samples} samples of ${written.series} series`)
      console.log(report(rows))
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(rows: readonly (Cost & { form: string })[]): string {
  const ours = rows[0]!.secondsPerMinute
  return [
    'form   groups  rules  evaluation s/min  of it ours costs',
    ...rows.map(({ form, groups, rules, secondsPerMinute }) =>
      [
        form.padEnd(6),
        String(groups).padStart(6),
        String(rules).padStart(6),
        secondsPerMinute.toFixed(3).padStart(17),
        `1/${(secondsPerMinute / ours).toFixed(1)}`.padStart(17),
      ].join(' '),
    ),
  ].join('\n')
}

function program(name: string): string {
  const found = findProgram(name, 'prometheus')
  if ('program' in found) return found.program
  console.error(`Cannot measure rules: ${found.missing}`)
  process.exit(1)
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && value > 0) return value
  console.error(`Cannot read --${option} "${text}": expected a whole number above 0`)
  process.exit(2)
}

function progress(text: string): void {
  if (!values.json) process.stderr.write(`${text}\n`)
}
