/** Publishes the dashboards, or a folder of exported ones, to a running Grafana. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ports } from '../contract/ports.ts'
import { UserError, wrongUse } from '../contract/user-error.ts'
import type { NativeDashboard } from '../dashboards/kit/native/dashboard.ts'
import { renderAll } from '../dashboards/outputs.ts'
import { plan, publish } from '../export/publish.ts'
import { command } from './command.ts'
import { address, chosen, required } from './options.ts'
import { visible } from './terminal.ts'

const usage = `Usage: GRAFANA_TOKEN=… npm run publish -- --grafana URL [options]

Posts the dashboards that differ to a running Grafana. The token is one of a service account with the role Editor.

  --grafana URL     where Grafana answers, such as http://127.0.0.1:${ports.grafana.number}
  --folder TITLE    folder to put them into, made when it is missing (default Sightline)
  --from DIR        dashboards of an export instead of the lab's own
  --only UIDS       comma separated
  --dry-run         say what would change and write nothing
  --json            changes as JSON`

export const main = command({
  name: 'publish',
  usage,
  options: {
    grafana: { type: 'string' },
    folder: { type: 'string', default: 'Sightline' },
    from: { type: 'string' },
    only: { type: 'string' },
    'dry-run': { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async values => {
    const url = address('grafana', required('publish', values, ['grafana']).grafana)
    const all = values.from === undefined ? renderAll() : readDashboards(values.from)
    const uids = chosen(
      'only',
      values.only,
      all.map(({ uid }) => uid),
    )
    const dashboards = all.filter(({ uid }) => uids.includes(uid))
    const grafana = { url, token: process.env.GRAFANA_TOKEN }
    const changes = values['dry-run']
      ? await plan(grafana, dashboards)
      : await publish(grafana, dashboards, values.folder)
    if (values.json) console.log(JSON.stringify(changes, undefined, 2))
    else
      for (const { uid, status, differences } of changes)
        console.log(
          visible([`${status.padEnd(8)} ${uid}`, ...differences.map(line => `         ${line}`)].join('\n')),
        )
    return 0
  },
})

function readDashboards(folder: string): NativeDashboard[] {
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false
  const files = isFolder ? readdirSync(folder).filter(file => file.endsWith('.json')) : []
  if (files.length === 0)
    throw wrongUse({
      action: 'read --from',
      expected: 'a folder with dashboards as JSON',
      got: `"${folder}"`,
    })
  return files.toSorted().map(file => {
    const path = join(folder, file)
    try {
      return JSON.parse(readFileSync(path, 'utf8')) as NativeDashboard
    } catch (error) {
      throw new UserError({ action: `read ${path}`, expected: 'JSON', got: (error as Error).message })
    }
  })
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
