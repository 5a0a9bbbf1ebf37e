/** Objectives from Sloth's files and from its resource of Kubernetes, which are the same but for the spelling. */
import type { Alerting, AlertPart } from '../../alerts/objectives.ts'
import { duration } from '../../contract/durations.ts'
import { UserError } from '../../contract/user-error.ts'
import type { Preset } from '../../contract/windows.ts'
import { type Indicator, readEvents, readRatio } from './indicator.ts'
import { clashOf, type Imported, objectiveOf } from './objective.ts'
import { type SlothWindow, slothOver, workbookOver } from './policies.ts'
import { onlyKnown, type Path, type Reader, readDuration, readText, readTexts } from './reader.ts'

/** Plugins that change nothing of what an SLO says, or do what our rules do anyway. */
const harmless = [
  /^sloth\.dev\/core\/(debug|noop|validate|sli_rules|metadata_rules|alert_rules)\/v1$/,
  // Weighs the windows by traffic, as ours always are.
  /^sloth\.dev\/contrib\/denominator_corrected_rules\/v1$/,
]
const infoLabels = 'sloth.dev/contrib/info_labels/v1'

interface SlothPolicies {
  /** Sloth's files name none. */
  period: number
  /** Its AlertWindows, by their period. */
  windows: ReadonlyMap<number, Preset>
}

/** `root` is where the specification begins: nowhere deeper in a file, below `spec` in a resource. */
export function fromSloth(reader: Reader, root: Path, policies: SlothPolicies): Imported[] {
  const preset = presetOf(policies, reader.place([...root, 'service']))
  const plugins = [...root, root.length > 0 ? 'sloPlugins' : 'slo_plugins']
  onlyKnown(reader, root, ['version', 'service', 'labels', 'slos', 'slo_plugins', 'sloPlugins'])
  const service = readText(reader, [...root, 'service'])
  const shared = { ...readTexts(reader, [...root, 'labels']), ...pluginInfos(reader, plugins) }
  const count = reader.count([...root, 'slos'])
  if (count === 0) reader.refuse([...root, 'slos'], 'at least one SLO')
  return Array.from({ length: count }, (_, index) => [...root, 'slos', index]).flatMap(path => {
    onlyKnown(reader, path, ['name', 'description', 'objective', 'plugins', 'labels', 'sli', 'alerting'])
    const name = readText(reader, [...path, 'name'])
    const objective = reader.at(...path, 'objective')
    if (typeof objective !== 'number') reader.refuse([...path, 'objective'], 'per cent such as 99.9')
    const infos = {
      ...shared,
      ...readTexts(reader, [...path, 'labels']),
      ...pluginInfos(reader, [...path, 'plugins']),
    }
    const alerting = readAlerting(reader, [...path, 'alerting'])
    const indicator = readIndicator(reader, [...path, 'sli'])
    if (
      indicator === undefined ||
      name === undefined ||
      service === undefined ||
      typeof objective !== 'number'
    )
      return []
    const clash = clashOf(
      { ...infos, ...alerting.labels, ...alerting.page?.labels, ...alerting.ticket?.labels },
      service,
    )
    if (clash !== undefined)
      reader.refuse(path, `no label ${clash}, by which our rules tell objectives apart`)
    const { owner } = infos
    return [
      {
        preset,
        place: reader.place([...path, 'name']),
        objective: objectiveOf(indicator, {
          // Sloth tells SLOs apart by both.
          name: name.startsWith(service) ? name : `${service}-${name}`,
          service,
          title: name,
          description: reader.at(...path, 'description'),
          owner,
          objective,
          infos,
          alerting,
        }),
      },
    ]
  })
}

/** The workbook's windows only where no others are given: windows over another period are no leave to choose. */
function presetOf({ period, windows }: SlothPolicies, place: string): Preset {
  const preset = windows.size === 0 ? workbookOver(period) : windows.get(period)
  if (preset !== undefined) return preset
  const given = [...windows.keys()].map(each => duration(each))
  throw new UserError(
    `${place}: expected AlertWindows over ${duration(period)}, got those over ${given.join(' and ')}; choose them with --period ${given.join(' or ')}`,
  )
}

/** Sloth's own windows for a period, in a file of their own. */
export function slothWindows(reader: Reader): [number, Preset] | undefined {
  const time = (path: Path) => readDuration(reader, path, 'a duration such as 1h')
  const period = time(['spec', 'sloPeriod'])
  const windows = (['page', 'ticket'] as const).flatMap(severity =>
    (['quick', 'slow'] as const).flatMap((speed): SlothWindow[] => {
      const path = ['spec', severity, speed] as const
      const share = reader.at(...path, 'errorBudgetPercent')
      const [long, short] = [time([...path, 'longWindow']), time([...path, 'shortWindow'])]
      if (typeof share !== 'number') reader.refuse([...path, 'errorBudgetPercent'], 'per cent such as 2')
      if (long === undefined || short === undefined || typeof share !== 'number') return []
      return [{ severity, long, short, share }]
    }),
  )
  return period === undefined || windows.length < 4 ? undefined : [period, slothOver(period, windows)]
}

function readIndicator(reader: Reader, path: Path): Indicator | undefined {
  const spelled = (...names: string[]) => names.find(name => reader.keys(path).includes(name))
  const kind = spelled('events', 'raw')
  if (kind === undefined)
    return reader.refuse(
      path,
      'events with error_query and total_query, or raw with error_ratio_query; a plugin is a program that only Sloth runs',
    )
  const query = (...names: string[]) => {
    const found = names.find(name => reader.at(...path, kind, name) !== undefined)
    return [...path, kind, found ?? names[0]!]
  }
  if (kind === 'raw') return readRatio(reader, query('error_ratio_query', 'errorRatioQuery'))
  return readEvents(reader, query('total_query', 'totalQuery'), query('error_query', 'errorQuery'), 'bad')
}

function readAlerting(reader: Reader, path: Path): Alerting {
  onlyKnown(reader, path, [
    'name',
    'labels',
    'annotations',
    'page_alert',
    'pageAlert',
    'ticket_alert',
    'ticketAlert',
  ])
  const name = reader.at(...path, 'name')
  const part = (...names: string[]): AlertPart =>
    Object.assign({}, ...names.map(each => readPart(reader, [...path, each])))
  return {
    ...(typeof name === 'string' && name !== '' && { name }),
    labels: readTexts(reader, [...path, 'labels']),
    annotations: readTexts(reader, [...path, 'annotations']),
    page: part('page_alert', 'pageAlert'),
    ticket: part('ticket_alert', 'ticketAlert'),
  }
}

function readPart(reader: Reader, path: Path): AlertPart {
  if (reader.keys(path).length === 0) return {}
  onlyKnown(reader, path, ['disable', 'labels', 'annotations'])
  return {
    ...(reader.at(...path, 'disable') === true && { disable: true }),
    labels: readTexts(reader, [...path, 'labels']),
    annotations: readTexts(reader, [...path, 'annotations']),
  }
}

/** The labels that a plugin adds to what is recorded; a plugin that changes rules is refused. */
function pluginInfos(reader: Reader, path: Path): Record<string, string> {
  const chain = [...path, 'chain']
  return Object.assign(
    {},
    ...Array.from({ length: reader.count(chain) }, (_, index) => {
      const id = String(reader.at(...chain, index, 'id'))
      if (id === infoLabels) return readTexts(reader, [...chain, index, 'config', 'labels'])
      if (!harmless.some(known => known.test(id)))
        reader.refuse(
          [...chain, index, 'id'],
          'a plugin that changes no rule; others are programs that only Sloth runs',
        )
      return {}
    }),
  )
}
