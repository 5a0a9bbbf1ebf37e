/** Evaluates every query of every dashboard against a running stack and reports panels that show nothing. */
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { checkLive } from '../dashboards/kit/live.ts'
import { render } from '../dashboards/kit/render.ts'
import { definitions } from '../dashboards/outputs.ts'

const usage = `Usage: npm run check:queries -- --prometheus URL [--loki URL] [--tempo URL] [options]

Asks a running stack every query of every panel and lists the panels that get nothing. Panels of which only some
queries get something are listed as "partly" and do not fail the check.

  --prometheus URL   where Prometheus answers, such as http://127.0.0.1:9090
  --loki URL         where Loki answers; without it its panels are skipped, and listed as such
  --tempo URL        where Tempo answers; without it its panels are skipped, and listed as such
  --only NAMES       dashboards by uid, comma separated, with or without the prefix "sightline-"
  --range SECONDS    time range to look at (default 900)
  --interval SECONDS scrape interval of the data source (default 5)
  --json             results as JSON`

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      prometheus: { type: 'string' },
      loki: { type: 'string' },
      tempo: { type: 'string' },
      only: { type: 'string' },
      range: { type: 'string', default: '900' },
      interval: { type: 'string', default: '5' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  if (values.prometheus === undefined) {
    console.error(`Cannot check queries: expected --prometheus URL, got none\n\n${usage}`)
    return 2
  }
  const wanted = values.only?.split(',').map(name => `sightline-${name.replace(/^sightline-/, '')}`)
  const dashboards = render(definitions).filter(({ uid }) => wanted?.includes(uid) ?? true)
  const seconds = { range: Number(values.range), interval: Number(values.interval) }
  if (dashboards.length === 0 || !(seconds.range > 0) || !(seconds.interval > 0)) {
    console.error(
      `Cannot check queries: expected dashboards of ${definitions.map(({ uid }) => uid).join(', ')} and seconds above 0, got --only ${values.only} --range ${values.range} --interval ${values.interval}`,
    )
    return 2
  }
  const to = Math.floor(Date.now() / 1000)
  const quiet = new Set(
    definitions.flatMap(({ uid, rows }) =>
      rows.flatMap(row => row.panels.filter(panel => panel.quiet).map(({ title }) => `${uid}: ${title}`)),
    ),
  )
  const range = {
    from: to - seconds.range,
    to,
    step: Math.max(seconds.interval, Math.ceil(seconds.range / 240)),
    scrapeInterval: seconds.interval,
  }
  const results = await checkLive(dashboards, values as { prometheus: string }, range, (uid, title) =>
    quiet.has(`${uid}: ${title}`),
  )
  const bad = results.filter(({ outcome }) => outcome === 'empty' || outcome === 'error')
  if (values.json) console.log(JSON.stringify(results, undefined, 2))
  else {
    for (const { dashboard, panel, answers } of results.filter(({ outcome }) => outcome === 'data')) {
      const silent = answers.filter(({ outcome }) => outcome === 'empty')
      if (silent.length > 0) console.log(`partly   ${dashboard}: ${panel}`)
      for (const { query } of silent) console.log(`         ${query}`)
    }
    for (const { dashboard, panel, outcome, answers } of results.filter(
      ({ outcome }) => outcome !== 'data' && outcome !== 'quiet',
    )) {
      console.log(`${outcome.padEnd(8)} ${dashboard}: ${panel}`)
      for (const { query, detail } of answers) console.log(`         ${detail ?? query}`)
    }
    const of = (outcome: string) => results.filter(each => each.outcome === outcome).length
    console.log(
      `${results.length} panels: ${of('data')} with data, ${of('quiet')} quiet because nothing is wrong, ${of('empty')} empty, ${of('error')} failed, ${of('skipped')} skipped`,
    )
  }
  return bad.length > 0 ? 1 : 0
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1
  }
}
