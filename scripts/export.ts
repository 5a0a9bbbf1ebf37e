/** Writes dashboards and alerts for somebody else's service. */
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { links } from '../contract/links.ts'
import { formats } from '../export/formats/formats.ts'
import { presets, type SignalMapping } from '../export/mapping.ts'
import { type Exported, exportable, exportProject, type Project, serviceProblem } from '../export/project.ts'
import { address, chosen, command, required, UsageError } from './command.ts'
import { writeFiles } from './write-files.ts'

const formatNames = Object.keys(formats) as Project['format'][]

const usage = `Usage: npm run export -- --service NAME --signals NAMES --format FORMAT --out DIR [options]

Writes dashboards and alerts for your own service, with its own metric names.

  --service NAME     the value of its label "job", such as checkout
  --signals NAMES    ${Object.keys(presets).join(', ')}, or a file: JSON, or a module whose default export is
                     { signals, objectives? }; what it leaves out is listed as missing
  --only NAMES       comma separated: ${exportable.join(', ')};
                     use and dependencies bring the alerts on causes along
  --format FORMAT    ${formatNames.join(', ')}
  --out DIR          where to write
  --grafana-url URL  where the links of the alerts find the dashboards (default ${links.grafana})
  --runbook-url URL  where they find the page of an alert, by its name; without it they name none
  --json             what was written as JSON`

export const main = command({
  name: 'export',
  usage,
  options: {
    service: { type: 'string' },
    signals: { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string' },
    out: { type: 'string' },
    'grafana-url': { type: 'string' },
    'runbook-url': { type: 'string' },
    json: { type: 'boolean' },
  },
  run: async values => {
    const { service, signals, format, out } = required('export', values, [
      'service',
      'signals',
      'format',
      'out',
    ])
    const problem = serviceProblem(service)
    if (problem !== undefined) throw new UsageError(`Cannot read --service: ${problem}`)
    const only = chosen('only', values.only, exportable)
    if (!isFormat(format))
      throw new UsageError(`Cannot read --format: expected one of ${formatNames.join(', ')}, got "${format}"`)
    const url = (name: 'grafana-url' | 'runbook-url') =>
      values[name] === undefined ? undefined : address(name, values[name])
    const exported = exportProject({
      ...(await readSignals(signals)),
      service,
      format,
      only,
      grafanaUrl: url('grafana-url'),
      runbookUrl: url('runbook-url'),
    })
    writeFiles(out, exported.files)
    if (values.json)
      console.log(JSON.stringify({ ...exported, files: Object.keys(exported.files) }, undefined, 2))
    else console.log(report(exported, service, out))
    return 0
  },
})

function report({ files, leftOut, alertsLeftOut }: Exported, service: string, out: string): string {
  const without = (what: string, kind: string, names: readonly string[]) =>
    `${what} goes without ${counted(names.length, kind)} of what ${service} does not measure: ${names.join(', ')}`
  return [
    ...Object.keys(files).map(path => join(out, path)),
    '',
    ...leftOut.map(({ dashboard, panels }) => without(dashboard, 'panel', panels)),
    ...(alertsLeftOut.length > 0 ? [without('rules', 'alert', alertsLeftOut)] : []),
  ]
    .join('\n')
    .trimEnd()
}

function counted(count: number, kind: string): string {
  return `${count} ${kind}${count === 1 ? '' : 's'}`
}

async function readSignals(name: string): Promise<Pick<Project, 'signals' | 'objectives'>> {
  const preset = presets[name]
  if (preset !== undefined) return { signals: preset }
  if (!existsSync(name))
    throw new UsageError(
      `Cannot read --signals: expected ${Object.keys(presets).join(', ')} or a file, got "${name}", which does not exist`,
    )
  const attributes = name.endsWith('.json') ? { with: { type: 'json' } } : {}
  const module: { default?: Partial<Project> & SignalMapping } = await import(
    pathToFileURL(resolve(name)).href,
    attributes
  ).catch((error: Error) => {
    throw new Error(`Cannot read signals "${name}": expected a module or JSON, got ${error.message}`)
  })
  const content = module.default
  if (content?.signals === undefined)
    throw new Error(
      `Cannot read signals "${name}": expected a default export with "signals", got ${content ? `one with ${Object.keys(content).join(', ') || 'nothing'}` : 'none'}`,
    )
  return {
    signals: content.signals,
    ...(content.objectives !== undefined && { objectives: content.objectives }),
  }
}

function isFormat(name: string): name is Project['format'] {
  return (formatNames as string[]).includes(name)
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
