/** Writes dashboards and alerts for somebody else's service. */
import { statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { findPreset } from '../compose/presets.ts'
import { systemReason, UserError, wrongUse } from '../contract/user-error.ts'
import { production, presets as windows } from '../contract/windows.ts'
import { detect, missingFrom } from '../export/detect.ts'
import { formats } from '../export/formats/formats.ts'
import { presets, type SignalMapping } from '../export/mapping.ts'
import {
  type Exported,
  exportable,
  exportProject,
  jobProblem,
  type Project,
  serviceOf,
  serviceProblem,
} from '../export/project.ts'
import { readJob, readSource, type Source } from '../export/source.ts'
import { command } from './command.ts'
import { writeFiles } from './files.ts'
import { address, chosen, didYouMean, oneOf, required, resource } from './options.ts'

const formatNames = Object.keys(formats) as Project['format'][]

const windowNames = windows.map(({ name }) => name)

const usage = `Usage: npm run export -- --service NAME --source URL --format FORMAT --out DIR [options]
       npm run export -- --job JOB --prometheus URL --format FORMAT --out DIR [options]
       npm run export -- --service NAME --signals NAMES --format FORMAT --out DIR [options]

Writes dashboards and alerts for your own service, with its own metric names.

  --service NAME     its name in titles and uids, such as checkout (default: made of --job)
  --job JOB          the value of its label "job", such as shop/checkout (default: --service)
  --signals NAMES    ${Object.keys(presets).join(', ')}, or a file: JSON, or a module whose default export is
                     { signals, objectives? }; what it leaves out is listed as missing
  --source URL       the page of metrics of a running service, such as http://checkout:8080/metrics: without --signals
                     its names are recognised and written to DIR/signals.json; with them, each metric, label and
                     bucket is looked for, and nothing is written when one is missing
  --prometheus URL   the same from a Prometheus that scrapes the service as JOB, such as http://localhost:9090
  --only NAMES       comma separated: ${exportable.join(', ')};
                     use and dependencies bring the alerts on causes along
  --format FORMAT    ${formatNames.join(', ')}
  --out DIR          where to write
  --preset NAME      how long the windows of the rules are: ${windowNames.join(' or ')} (default ${production.name});
                     practice is for trying them out, with scrapes and rules every 5 s
  --grafana-url URL  where alerts find the dashboards; without it they link to none
  --runbook-url URL  where they find the page of an alert, by its name; without it they name none
  --namespace NAME   of the resources of Kubernetes: configmap and operator
  --label NAME=VALUE their labels, as often as there are labels; kube-prometheus-stack selects rules by its release
  --json             what was written as JSON`

export const main = command({
  name: 'export',
  usage,
  options: {
    service: { type: 'string' },
    job: { type: 'string' },
    signals: { type: 'string' },
    source: { type: 'string' },
    prometheus: { type: 'string' },
    only: { type: 'string' },
    format: { type: 'string' },
    out: { type: 'string' },
    preset: { type: 'string', default: production.name },
    'grafana-url': { type: 'string' },
    'runbook-url': { type: 'string' },
    namespace: { type: 'string' },
    label: { type: 'string', multiple: true },
    json: { type: 'boolean' },
  },
  run: async values => {
    const { out, ...given } = required('export', values, ['format', 'out'])
    const { service, job } = namesOf('export', values)
    if (values.signals === undefined && values.source === undefined && values.prometheus === undefined)
      throw wrongUse({ action: 'export', expected: '--source, --prometheus or --signals', got: 'none' })
    if (values.source !== undefined && values.prometheus !== undefined)
      throw wrongUse({ action: 'export', expected: 'one of --source and --prometheus', got: 'both' })
    const format = oneOf('read --format', given.format, formatNames)
    const only = chosen('only', values.only, exportable)
    const url = (name: 'grafana-url' | 'runbook-url') =>
      values[name] === undefined ? undefined : address(name, values[name])
    const { evidence, ...chosenSignals } = await signalsFor(service, values.signals, placeOf(values, job))
    const exported = exportProject({
      ...chosenSignals,
      service,
      job,
      format,
      preset: findPreset(oneOf('read --preset', values.preset, windowNames)),
      only,
      grafanaUrl: url('grafana-url'),
      runbookUrl: url('runbook-url'),
      resource: resourceOf(format, values.namespace, values.label ?? []),
    })
    const files = {
      ...exported.files,
      ...(values.signals === undefined && {
        'signals.json': `${JSON.stringify({ signals: chosenSignals.signals }, undefined, 2)}\n`,
      }),
    }
    writeFiles(out, files)
    if (values.json)
      console.log(JSON.stringify({ ...exported, files: Object.keys(files), evidence }, undefined, 2))
    else console.log([report({ ...exported, files }, service, out), '', ...evidence].join('\n'))
    return 0
  },
})

/** The service in titles and uids, and the value of its label `job`, either made of the other. */
export function namesOf(
  toDo: string,
  values: { service?: string | undefined; job?: string | undefined },
): { service: string; job: string } {
  const job = values.job ?? values.service
  if (job === undefined) throw wrongUse({ action: toDo, expected: '--service or --job', got: 'neither' })
  const service = values.service ?? serviceOf(job)
  const problem = serviceProblem(service)
  if (problem !== undefined) throw wrongUse(`Cannot read --service: ${problem}`)
  const jobWrong = jobProblem(job)
  if (jobWrong !== undefined) throw wrongUse(`Cannot read --job: ${jobWrong}`)
  return { service, job }
}

function resourceOf(format: Project['format'], namespace: string | undefined, labels: readonly string[]) {
  if ((namespace !== undefined || labels.length > 0) && format !== 'configmap' && format !== 'operator')
    throw wrongUse({
      action: 'read --namespace and --label',
      expected: 'a format of Kubernetes: configmap or operator',
      got: format,
    })
  return resource(namespace, labels)
}

function report({ files, ...exported }: Exported, service: string, out: string): string {
  const paths = Object.keys(files).map(path => join(out, path))
  return [...paths, '', ...leftOutLines(exported, service)].join('\n').trimEnd()
}

/** A line for each dashboard that goes without panels, and one for the alerts. */
export function leftOutLines(
  { leftOut, alertsLeftOut }: Pick<Exported, 'leftOut' | 'alertsLeftOut'>,
  service: string,
): string[] {
  const without = (what: string, kind: string, names: readonly string[]) =>
    `${what} goes without ${counted(names.length, kind)} of what ${service} does not measure: ${names.join(', ')}`
  return [
    ...leftOut.map(({ dashboard, panels }) => without(dashboard, 'panel', panels)),
    ...(alertsLeftOut.length > 0 ? [without('rules', 'alert', alertsLeftOut)] : []),
  ]
}

function counted(count: number, kind: string): string {
  return `${count} ${kind}${count === 1 ? '' : 's'}`
}

interface ChosenSignals extends Pick<Project, 'signals' | 'objectives'> {
  /** What speaks for them, or that nothing does. */
  evidence: string[]
}

/** Where the service's metrics are looked at. */
interface Place {
  name: string
  read: () => Promise<Source>
}

export function placeOf(
  values: { source?: string | undefined; prometheus?: string | undefined },
  job: string,
): Place | undefined {
  if (values.source !== undefined) {
    const url = address('source', values.source, 'http://127.0.0.1:8080/metrics')
    return { name: url, read: () => readSource(url) }
  }
  if (values.prometheus === undefined) return undefined
  const url = address('prometheus', values.prometheus)
  return { name: `${job} in ${url}`, read: () => readJob(url, job) }
}

export async function signalsFor(
  service: string,
  signals: string | undefined,
  place: Place | undefined,
): Promise<ChosenSignals> {
  if (place === undefined)
    return {
      ...(await readSignals(signals!)),
      evidence: [
        `Nothing was verified: with --source or --prometheus URL the metrics of ${service} are looked at first`,
      ],
    }
  const source = await place.read()
  if (signals === undefined) return detect(source, place.name)
  const read = await readSignals(signals)
  const missing = missingFrom(source, read.signals)
  if (missing.length > 0)
    throw new UserError(
      [`Cannot export with --signals ${signals}: ${place.name} lacks what they name`, ...missing].join(
        '\n  ',
      ),
    )
  return {
    ...read,
    evidence: [`Verified: ${place.name} has every metric, label and bucket that --signals names`],
  }
}

async function readSignals(name: string): Promise<Pick<Project, 'signals' | 'objectives'>> {
  const preset = presets[name]
  if (preset !== undefined) return { signals: preset }
  expectFile(name)
  const attributes = name.endsWith('.json') ? { with: { type: 'json' } } : {}
  const module: { default?: Partial<Project> & SignalMapping } = await import(
    pathToFileURL(resolve(name)).href,
    attributes
  ).catch((error: Error) => {
    throw new UserError({
      action: `read signals "${name}"`,
      expected: 'a module or JSON',
      got: error.message,
    })
  })
  const content = module.default
  if (content?.signals === undefined)
    throw new UserError({
      action: `read signals "${name}"`,
      expected: 'a default export with "signals"',
      got: content ? `one with ${Object.keys(content).join(', ') || 'nothing'}` : 'none',
    })
  return {
    signals: content.signals,
    ...(content.objectives !== undefined && { objectives: content.objectives }),
  }
}

function expectFile(name: string): void {
  const names = Object.keys(presets)
  const refuse = (reason: string) =>
    wrongUse({
      action: 'read --signals',
      expected: `${names.join(', ')} or a file`,
      got: `"${name}", ${reason}${didYouMean(name, names)}`,
    })
  let isFile: boolean
  try {
    isFile = statSync(name).isFile()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    throw refuse(code === 'ENOENT' ? 'which does not exist' : systemReason(error))
  }
  if (!isFile) throw refuse('which is no file')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
