/** Publishes the dashboards, or a folder of exported ones, to a running Grafana. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { NativeDashboard } from '../dashboards/kit/bridge.ts'
import { render } from '../dashboards/kit/render.ts'
import { definitions } from '../dashboards/outputs.ts'
import { plan, publish } from '../dashboards/publish.ts'

const usage = `Usage: GRAFANA_TOKEN=… npm run publish -- --grafana URL [options]

Posts the dashboards that differ to a running Grafana. The token is one of a service account with the role Editor.

  --grafana URL     where Grafana answers, such as http://127.0.0.1:3000
  --folder TITLE    folder to put them into, made when it is missing (default Sightline)
  --from DIR        dashboards of an export instead of the lab's own
  --only UIDS       comma separated
  --dry-run         say what would change and write nothing
  --json            changes as JSON`

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      grafana: { type: 'string' },
      folder: { type: 'string', default: 'Sightline' },
      from: { type: 'string' },
      only: { type: 'string' },
      'dry-run': { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  if (values.grafana === undefined || !URL.canParse(values.grafana)) {
    console.error(`Cannot publish: expected --grafana URL, got ${values.grafana ?? 'none'}\n\n${usage}`)
    return 2
  }
  const all = values.from === undefined ? render(definitions) : readDashboards(values.from)
  const only = values.only?.split(',')
  const dashboards = all.filter(({ uid }) => only?.includes(uid) ?? true)
  if (dashboards.length === 0) {
    console.error(
      `Cannot publish: expected --only of ${all.map(({ uid }) => uid).join(', ')}, got ${values.only}`,
    )
    return 2
  }
  const grafana = { url: values.grafana, token: process.env.GRAFANA_TOKEN }
  const changes = values['dry-run']
    ? await plan(grafana, dashboards)
    : await publish(grafana, dashboards, values.folder)
  if (values.json) console.log(JSON.stringify(changes, undefined, 2))
  else
    for (const { uid, status, differences } of changes)
      console.log([`${status.padEnd(8)} ${uid}`, ...differences.map(line => `         ${line}`)].join('\n'))
  return 0
}

function readDashboards(folder: string): NativeDashboard[] {
  return readdirSync(folder)
    .filter(file => file.endsWith('.json'))
    .toSorted()
    .map(file => JSON.parse(readFileSync(join(folder, file), 'utf8')) as NativeDashboard)
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1
  }
}
