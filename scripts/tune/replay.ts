/** Scores rules over what really happened: the history of a Prometheus, or a dump of it. */
import { plainGroups, toYaml } from '../../alerts/rules.ts'
import { sloGroups } from '../../alerts/slo/rules.ts'
import { seconds } from '../../contract/durations.ts'
import { ports } from '../../contract/ports.ts'
import { lab } from '../../contract/shop-signals.ts'
import { UserError, wrongUse } from '../../contract/user-error.ts'
import { presets, production } from '../../contract/windows.ts'
import { parse } from '../../engines/promql/engine/parse.ts'
import { QueryError } from '../../engines/query-error.ts'
import type { PolicyRules } from '../../tuning/month.ts'
import { faultQuery, incidentsOf, readIncidents, timeOf } from '../../tuning/replay/incidents.ts'
import { needsOf } from '../../tuning/replay/needs.ts'
import {
  explainReplay,
  firstSample,
  type History,
  momentOf,
  replay as replayOver,
  storeOf,
} from '../../tuning/replay/replay.ts'
import { replayReport } from '../../tuning/replay/report.ts'
import { markdownTable, terminalTable } from '../../tuning/report/table.ts'
import { brokenLimits, type Row, scoreboard } from '../../tuning/score/board.ts'
import type { Result } from '../../tuning/score/result.ts'
import { command } from '../command.ts'
import { readText, writeText } from '../files.ts'
import { oneOf, time } from '../options.ts'
import { explanationLines } from './explanation.ts'
import { limitOptions, limitsOf, limitUsage, loaded, objectivesOf } from './options.ts'
import { seriesFor } from './replay-source.ts'

const presetNames = presets.map(({ name }) => name)

const usage = `Usage: npm run tune -- replay --prometheus URL --from T --to T --incidents FILE --rules FILE [options]
       npm run tune -- replay --dump FILE …
       npm run tune -- replay --prometheus URL … --compare OLD NEW

Runs a rule file over the history of any server with Prometheus' HTTP API, and scores what it would have fired by
incidents that are known. Reads only the series that the rules read, six hours at a time and one request after the
other, and keeps them below --cache, so that a replay that was stopped goes on where it was. A dump is what
\`promtool tsdb dump-openmetrics\` writes.

  --prometheus URL  the server; the lab is one at http://localhost:${ports.grafana.number}
  --dump FILE       OpenMetrics in place of a server
  --from T, --to T  a time such as 2026-11-03T14:00:00Z, or a duration ago such as 14d (default: now)
  --incidents FILE  YAML: incidents, each with id, start, end, and if need be title, wanted (page, ticket or nothing)
                    and labels; an alert with another value of such a label is about something else
  --faults          incidents are the faults of the lab, from ${lab.faultActive.name}
  --impact QUERY    an incident is the time for which this has a result
  --rules FILE      Prometheus rules, whole and as they stand
  --compare A B     two rule files in place of --rules
  --slo NAME        the rules that ship for this objective, where neither is given
  --preset NAME     how long their windows are: ${presetNames.join(' (default) or ')}, as the lab has it
  --interval D      of groups that name none (default 30s)
  --cache DIR       where samples are kept (default .data/replay)
  --timeout D       for one answer of the server (default 2m); then less is asked for at once
  --explain         say of each incident why somebody was told or not, and of each false alert what would silence it
${limitUsage}
  --markdown FILE   also write the scoreboard as Markdown, - is stdout
  --html FILE       also write a report of one HTML file: trade-off, what was told when, and conditions against thresholds
  --json            print rows of figures and what each rule file fired

Exit code 1 when a limit is broken or something is wrong with the input. Prometheus does not give out its marks that a
series ended, so what a rule sees of one goes on for five minutes after its last sample; a dump has them.`

export const replay = command({
  name: 'tune -- replay',
  usage,
  options: {
    prometheus: { type: 'string' },
    dump: { type: 'string' },
    from: { type: 'string' },
    to: { type: 'string' },
    incidents: { type: 'string' },
    faults: { type: 'boolean', default: false },
    impact: { type: 'string' },
    rules: { type: 'string' },
    compare: { type: 'boolean', default: false },
    slo: { type: 'string' },
    interval: { type: 'string', default: '30s' },
    cache: { type: 'string', default: '.data/replay' },
    timeout: { type: 'string', default: '2m' },
    preset: { type: 'string', default: production.name },
    ...limitOptions,
    explain: { type: 'boolean', default: false },
    markdown: { type: 'string' },
    html: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: async (values, words) => {
    const [earliest, to] = spanOf(values)
    const interval = time('interval', values.interval)
    const policies = rulesOf(values, words)
    const limits = limitsOf(values)
    const impact = impactOf(values)
    const written =
      values.incidents === undefined
        ? undefined
        : readIncidents(values.incidents, readText(values.incidents, 'a file of incidents'))
    const groups = policies.flatMap(({ name, rules }) => loaded(rules, name))
    const needs = needsOf(groups, impact === undefined ? [] : [impact])
    const reach = Math.ceil(needs.reach / 1000)
    const isQuiet = values.json || !process.stderr.isTTY
    const series = await seriesFor(values, needs, { from: earliest - reach, to }, text => {
      if (!isQuiet) process.stderr.write(`\r\x1b[K${text}`)
    })
    if (!isQuiet) process.stderr.write('\r\x1b[K')
    const from = Math.max(earliest, firstSample({ series }))
    if (from > earliest)
      console.error(`What it has begins at ${momentOf(from)}: nothing is judged before that`)
    const all =
      written ??
      asked(() => incidentsOf(storeOf({ series }), impact!, { start: from, end: to, step: interval }))
    const incidents = all.filter(({ start, end }) => start >= from && end <= to)
    const history: History = { series, from, to, interval, reach, incidents }
    const results = replayOver(history, policies, values.html !== undefined)
    const rows = scoreboard(results)
    if (values.json) {
      const shown = results.map(({ drawn: _, ...result }) => result)
      console.log(JSON.stringify({ rows, results: shown }, undefined, 2))
    } else print(history, rows, results, all.length - incidents.length)
    if (values.explain && !values.json)
      for (const policy of policies)
        console.log(`\n${explanationLines(explainReplay(history, policy), momentOf)}`)
    if (values.markdown !== undefined) writeText(values.markdown, markdownTable(rows))
    if (values.html !== undefined) writeText(values.html, replayReport(history, policies, rows, results))
    const broken = brokenLimits(rows, limits)
    for (const line of broken) console.error(line)
    return broken.length > 0 ? 1 : 0
  },
})

interface Values {
  from?: string | undefined
  to?: string | undefined
  incidents?: string | undefined
  faults?: boolean | undefined
  impact?: string | undefined
  rules?: string | undefined
  compare?: boolean | undefined
  slo?: string | undefined
  preset?: string | undefined
}

function spanOf({ from, to }: Values): [number, number] {
  if (from === undefined)
    throw wrongUse({
      action: 'replay',
      expected: '--from, such as 14d or 2026-11-03T14:00:00Z',
      got: 'nothing',
    })
  const [start, end] = [instant('from', from), to === undefined ? Date.now() / 1000 : instant('to', to)]
  if (end > start) return [Math.floor(start), Math.floor(end)]
  throw wrongUse({ action: 'read --to', expected: `a time after ${momentOf(start)}`, got: momentOf(end) })
}

function instant(option: string, text: string): number {
  const at = timeOf(/^\d+(\.\d+)?$/.test(text) ? Number(text) : text)
  if (at !== undefined) return at
  try {
    return Date.now() / 1000 - seconds(text)
  } catch {
    throw wrongUse({
      action: `read --${option}`,
      expected: 'a time such as 2026-11-03T14:00:00Z, or a duration ago such as 14d',
      got: `"${text}"`,
    })
  }
}

function rulesOf(
  { rules, compare, slo, preset: presetName }: Values,
  words: readonly string[],
): PolicyRules[] {
  if (compare ? words.length !== 2 || rules !== undefined : words.length > 0)
    throw wrongUse({
      action: compare ? 'compare' : `read "${words[0]}"`,
      expected: compare ? 'two rule files and no --rules' : 'options alone, or --compare with two rule files',
    })
  const files = compare ? words : rules === undefined ? [] : [rules]
  if (files.length > 0)
    return files.map(file => ({ name: file, rules: readText(file, 'a Prometheus rule file') }))
  if (slo === undefined)
    throw wrongUse({ action: 'replay', expected: '--rules, --compare or --slo', got: 'none of them' })
  const preset = presets.find(({ name }) => name === oneOf('read --preset', presetName, presetNames))!
  return objectivesOf(slo, []).map(objective => ({
    name: objective.name,
    rules: toYaml({ groups: plainGroups(sloGroups([objective], preset)) }, ''),
  }))
}

function impactOf({ incidents, faults, impact }: Values): string | undefined {
  const given = [incidents, faults === true ? faults : undefined, impact].filter(each => each !== undefined)
  if (given.length !== 1)
    throw wrongUse({
      action: 'replay',
      expected: 'one of --incidents, --faults and --impact',
      got: given.length === 0 ? 'none' : `${given.length} of them`,
    })
  if (impact !== undefined) asked(() => parse(impact))
  return faults ? faultQuery : impact
}

/** What is wrong with a query is the user's to mend. */
function asked<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (error instanceof QueryError) throw new UserError(`Cannot read --impact: ${error.message}`)
    throw error
  }
}

function print(
  { from, to, incidents, series }: History,
  rows: readonly Row[],
  results: readonly Result[],
  outside: number,
): void {
  console.log(
    `${momentOf(from)} to ${momentOf(to)}: ${incidents.length} incident${incidents.length === 1 ? '' : 's'}${outside === 0 ? '' : ` (${outside} more lie outside)`}, ${series.length} series\n`,
  )
  console.log(terminalTable(rows))
  for (const { policy, verdict, errors } of results) {
    const missed = verdict.incidents.filter(({ detection }) => detection === undefined)
    if (missed.length > 0)
      console.log(
        `\n${policy} told nobody of:\n  ${missed.map(({ id, start }) => `${id}, ${momentOf(start)}`).join('\n  ')}`,
      )
    const inVain = verdict.notifications.filter(({ incident }) => incident === undefined)
    if (inVain.length > 0)
      console.log(
        `\n${policy} told in vain:\n  ${inVain.map(each => `${each.severity} ${momentOf(each.from)}`).join('\n  ')}`,
      )
    for (const error of errors) console.log(`\n${policy}: a rule failed: ${error}`)
  }
  console.log('\nTimes are medians. False, night and cost are per week; nights are those of UTC.')
}
