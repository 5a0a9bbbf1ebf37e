/** Evaluates every query of every dashboard against a running stack and reports panels that show nothing. */
import { ports } from '../contract/ports.ts'
import { wrongUse } from '../contract/user-error.ts'
import {
  checkLive,
  expectServers,
  type Outcome,
  type PanelResult,
  quietReasons,
} from '../dashboards/kit/live/live.ts'
import { definitions, renderAll } from '../dashboards/outputs.ts'
import { readFolder } from './check-queries/folder.ts'
import { command } from './command.ts'
import { address, chosen, required, time } from './options.ts'
import { visible } from './terminal.ts'

const usage = `Usage: npm run check:queries -- --prometheus URL [--loki URL] [--tempo URL] [options]

Asks a running stack every query of every panel and lists the panels that get nothing. Panels of which only some
queries get something are listed as "partly" and do not fail the check.

  --prometheus URL   where Prometheus answers, such as http://127.0.0.1:${ports.prometheus.number}
  --loki URL         where Loki answers; without it its panels are skipped, and listed as such
  --tempo URL        where Tempo answers; without it its panels are skipped, and listed as such
  --dir DIR          an exported folder instead of our own dashboards: its dashboards, confined to their service, and
                     the query of each of its rules
  --only NAMES       dashboards by uid, comma separated, with or without the prefix "sightline-"
  --range DURATION   time range to look at (default 15m)
  --interval DURATION  scrape interval of the data source (default 5s)
  --json             results as JSON`

export const main = command({
  name: 'check:queries',
  usage,
  options: {
    prometheus: { type: 'string' },
    loki: { type: 'string' },
    tempo: { type: 'string' },
    dir: { type: 'string' },
    only: { type: 'string' },
    range: { type: 'string', default: '15m' },
    interval: { type: 'string', default: '5s' },
    json: { type: 'boolean' },
  },
  run: async values => {
    const { prometheus } = required('check queries', values, ['prometheus'])
    const optional = (name: 'loki' | 'tempo') =>
      values[name] === undefined ? undefined : address(name, values[name])
    const servers = {
      prometheus: address('prometheus', prometheus),
      loki: optional('loki'),
      tempo: optional('tempo'),
    }
    if (values.dir !== undefined && values.only !== undefined)
      throw wrongUse({ action: 'check queries', expected: '--dir or --only', got: 'both' })
    const prefixed = values.only?.split(',').map(name => name.replace(/^(?!sightline-)/, 'sightline-'))
    const uids = chosen(
      'only',
      prefixed?.join(','),
      definitions.map(({ uid }) => uid),
    )
    const { dashboards, reasons } =
      values.dir === undefined
        ? {
            dashboards: renderAll().filter(({ uid }) => uids.includes(uid)),
            reasons: quietReasons(definitions),
          }
        : readFolder(values.dir)
    const [range, interval] = [time('range', values.range), time('interval', values.interval)]
    await expectServers(servers)
    const to = Math.floor(Date.now() / 1000)
    const step = Math.max(interval, Math.ceil(range / 240))
    const results = await checkLive(
      dashboards,
      servers,
      { from: to - range, to, step, scrapeInterval: interval },
      reasons,
    )
    console.log(values.json ? JSON.stringify(results, undefined, 2) : visible(report(results)))
    return results.some(({ outcome }) => outcome === 'empty' || outcome === 'error') ? 1 : 0
  },
})

function report(results: readonly PanelResult[]): string {
  const lines: string[] = []
  for (const { dashboard, panel, outcome, reason, answers } of results) {
    const silent = answers.filter(each => each.outcome === 'empty')
    if (outcome === 'data' && silent.length === 0) continue
    lines.push(`${(outcome === 'data' ? 'partly' : outcome).padEnd(8)} ${dashboard}: ${panel}`)
    if (outcome === 'quiet') lines.push(`         ${reason}`)
    else
      for (const { query, detail } of outcome === 'data' ? silent : answers)
        lines.push(`         ${detail ?? query}`)
  }
  const of = (outcome: Outcome) => results.filter(each => each.outcome === outcome).length
  lines.push(
    `${results.length} panels: ${of('data')} with data, ${of('quiet')} quiet for the reason given, ${of('empty')} empty, ${of('error')} failed, ${of('skipped')} skipped`,
  )
  return lines.join('\n')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
