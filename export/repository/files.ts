/** Dashboards, SLO definitions, rules, their tests and a CI workflow, as files of somebody's repository. */
import type { Objective, Selection } from '../../alerts/objectives.ts'
import { UserError } from '../../contract/user-error.ts'
import { production } from '../../contract/windows.ts'
import { httpServer } from '../../otel/signals.ts'
import { absent, type MetricMapping, type SignalMapping } from '../mapping.ts'
import { type Exported, exportProject, httpObjectives } from '../project.ts'
import { generateFiles } from '../slo-files/generate.ts'
import { importSlos } from '../slo-files/import.ts'
import { exportOpenSlo } from '../slo-files/openslo.ts'
import { workflow, workflowPath } from './workflow.ts'

export interface Repository {
  service: string
  job: string
  grafanaUrl?: string | undefined
  runbookUrl?: string | undefined
  /** Where the files are, from the root of the repository. */
  folder: string
  signals: SignalMapping
  /** The SLO file, where there is one already. */
  slos: string | undefined
}

/** Files that are its people's own: they are read again, and what they say is what the others are made of. */
export const ownFiles = { signals: 'signals.json', slos: 'slos.yaml' } as const

export interface RepositoryFiles extends Pick<Exported, 'leftOut' | 'alertsLeftOut'> {
  /** By their path from the root of the repository. */
  files: Record<string, string>
  notes: string[]
}

export function repositoryFiles(repository: Repository): RepositoryFiles {
  const { service, folder, signals, grafanaUrl, runbookUrl } = repository
  const slos = repository.slos ?? firstSlos(repository)
  const { files: exported, ...leftOut } = exportProject({ ...repository, objectives: [], format: 'grafana' })
  const imported = importSlos(`${folder}/${ownFiles.slos}`, slos)
  const generated = generateFiles(imported, { grafanaUrl, runbookUrl, dashboards: service })
  const rules = Object.entries(generated.files).filter(([path]) => /^rules(-tests)?\//.test(path))
  const files = {
    [ownFiles.signals]: `${JSON.stringify({ signals }, undefined, 2)}\n`,
    [ownFiles.slos]: slos,
    ...exported,
    ...Object.fromEntries(rules),
  }
  return {
    ...leftOut,
    files: {
      ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`${folder}/${path}`, text])),
      [workflowPath(folder)]: workflow(folder),
    },
    notes: generated.notes,
  }
}

/** Availability and latency of HTTP as OpenSLO, in the service's own names, to be changed from there. */
function firstSlos({ service, job, signals }: Repository): string {
  const requests = signals[httpServer.duration.name]
  const labels = typeof requests === 'object' ? requests.labels : {}
  if (requests === undefined || requests === absent || labels?.http_response_status_code === absent)
    throw new UserError({
      action: `make SLOs for ${service}`,
      expected: `signals that name ${httpServer.duration.name} and its http_response_status_code`,
      got: 'absent',
      hint: `With a ${ownFiles.slos} of your own they are not needed`,
    })
  const objectives = httpObjectives({ service, job }, signals).map(objective => renamed(objective, signals))
  return `${header}${exportOpenSlo(objectives, production.period)}`
}

const header =
  '# What `npm run init` makes rules and their tests of: change targets, add objectives, and run it again.\n'

function renamed(objective: Objective, signals: SignalMapping): Objective {
  const { sli } = objective
  const total = inTheirNames(sli.total, signals)
  return {
    ...objective,
    sli: 'failed' in sli ? { ...sli, total, failed: inTheirNames(sli.failed, signals) } : { ...sli, total },
  }
}

function inTheirNames({ metric, where }: Selection, signals: SignalMapping): Selection {
  const to = signals[metric.name as keyof SignalMapping]
  if (to === undefined || to === 'same' || to === absent) return { metric, where }
  const { name, labels = {} } = to as MetricMapping
  const theirs = (label: string) => (labels as Readonly<Record<string, string | undefined>>)[label] ?? label
  const rename = <V>(by: Readonly<Record<string, V>>) =>
    Object.fromEntries(Object.entries(by).map(([label, value]) => [theirs(label), value]))
  return { metric: { ...metric, name, labels: rename(metric.labels) }, where: rename(where) }
}
