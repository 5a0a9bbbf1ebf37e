/** Objectives from and to other formats: OpenSLO v1 and Sloth in, OpenSLO v1 out. What cannot be said is refused. */
import { isMap, isScalar, LineCounter, type Node, parseAllDocuments, stringify } from 'yaml'
import type { Objective, Selection, Sli } from '../../alerts/objectives.ts'
import { decimal, over, times, toNumber } from '../../contract/decimal.ts'
import { duration } from '../../contract/durations.ts'
import { select, selectBucket } from '../../contract/expr.ts'
import { production } from '../../contract/windows.ts'
import { type Path, type Reader, readSli } from './read-sli.ts'

/** All problems of a file, each with its line. */
export class ExchangeError extends Error {}

/** Far beyond what people write by hand; the YAML reader takes seconds and gigabytes for what is. */
const longestFile = 4_000_000

export function importObjectives(file: string, text: string): Objective[] {
  const refusal = (expected: string) => new ExchangeError(`${file}:1: expected ${expected}`)
  if (text.length > longestFile) throw refusal(`at most ${longestFile} characters, got ${text.length}`)
  const lines = new LineCounter()
  const problems: { line: number; text: string }[] = []
  const documents = parseAllDocuments(text, { lineCounter: lines })
  const objectives = [...documents].flatMap(document => {
    const lineOf = (node: Node | undefined) => lines.linePos(node?.range?.[0] ?? 0).line
    const report = (line: number, message: string) =>
      problems.push({ line, text: `${file}:${line}: ${message}` })
    for (const error of document.errors)
      report(lines.linePos(error.pos[0]).line, error.message.split('\n')[0]!)
    if (document.errors.length > 0) return []
    const reader: Reader = {
      at: (...path) => document.getIn(path),
      refuse: (path, expected) => {
        const found = nearest(document.contents as Node, path)
        const got = found.complete ? shown(found.node) : 'nothing'
        report(lineOf(found.node), `${path.join('.')}: expected ${expected}, got ${got}`)
        return undefined
      },
    }
    if (reader.at('version') === 'prometheus/v1') return fromSloth(reader)
    if (reader.at('apiVersion') !== 'openslo/v1')
      reader.refuse(['apiVersion'], 'openslo/v1, or version prometheus/v1 of Sloth')
    else if (reader.at('kind') !== 'SLO') reader.refuse(['kind'], 'SLO')
    else return fromOpenSlo(reader)
    return []
  })
  if (problems.length > 0)
    throw new ExchangeError(
      problems
        .toSorted((a, b) => a.line - b.line)
        .map(problem => problem.text)
        .join('\n'),
    )
  if (objectives.length === 0) throw refusal('at least one objective, got an empty file')
  return objectives
}

export function exportOpenSlo(objectives: readonly Objective[], period: number): string {
  return objectives.map(objective => stringify(openSlo(objective, period), { lineWidth: 0 })).join('---\n')
}

function openSlo(objective: Objective, period: number): object {
  if (objective.groupBy.length > 0)
    throw new ExchangeError(
      `Cannot export ${objective.name} to OpenSLO: expected one budget, got one for each ${objective.groupBy.join(', ')}`,
    )
  const { sli, name, title, service, description, owner } = objective
  const metric = (query: string) => ({
    metricSource: { type: 'Prometheus', spec: { query: `sum(${query})` } },
  })
  const counted = ({ metric: { kind }, metric: from, where }: Selection) =>
    select(from, where, kind === 'histogram' ? 'count' : '')
  const part =
    'failed' in sli
      ? { bad: metric(counted(sli.failed)) }
      : { good: metric(selectBucket(sli.total.metric, sli.threshold, sli.total.where)) }
  return {
    apiVersion: 'openslo/v1',
    kind: 'SLO',
    metadata: { name, displayName: title, labels: { owner } },
    spec: {
      description,
      service,
      indicator: {
        metadata: { name: `${name}-indicator` },
        spec: { ratioMetric: { counter: true, ...part, total: metric(counted(sli.total)) } },
      },
      timeWindow: [{ duration: duration(period), isRolling: true }],
      budgetingMethod: 'Occurrences',
      objectives: [
        { displayName: title, target: toNumber(over(decimal(objective.objective), decimal(100))!) },
      ],
    },
  }
}

function fromOpenSlo(reader: Reader): Objective[] {
  const { at, refuse } = reader
  const period = duration(production.period)
  const ratio = ['spec', 'indicator', 'spec', 'ratioMetric'] as const
  const query = (kind: string) => [...ratio, kind, 'metricSource', 'spec', 'query']
  if (at('spec', 'budgetingMethod') !== 'Occurrences') refuse(['spec', 'budgetingMethod'], 'Occurrences')
  if (at('spec', 'timeWindow', 0, 'isRolling') !== true)
    refuse(['spec', 'timeWindow', 0, 'isRolling'], 'true, a rolling window')
  if (at('spec', 'timeWindow', 0, 'duration') !== period)
    refuse(['spec', 'timeWindow', 0, 'duration'], `${period}, the period of the rules`)
  if (at('spec', 'objectives', 1) !== undefined) refuse(['spec', 'objectives', 1], 'a single objective')
  if (at(...ratio) === undefined) refuse(ratio, 'an inline indicator with a ratioMetric')
  const target = at('spec', 'objectives', 0, 'target')
  if (typeof target !== 'number') refuse(['spec', 'objectives', 0, 'target'], 'a ratio such as 0.999')
  const name = text(reader, ['metadata', 'name'])
  const service = text(reader, ['spec', 'service'])
  if (at(...ratio) === undefined || name === undefined || service === undefined || typeof target !== 'number')
    return []
  const kind = at(...ratio, 'bad') === undefined ? 'good' : 'bad'
  const sli = readSli(reader, query('total'), query(kind), kind)
  if (sli === undefined) return []
  return [
    objectiveOf(sli, {
      name,
      service,
      title: at('metadata', 'displayName'),
      description: at('spec', 'description'),
      owner: at('metadata', 'labels', 'owner'),
      objective: toNumber(times(decimal(target), decimal(100))),
    }),
  ]
}

function fromSloth(reader: Reader): Objective[] {
  const { at, refuse } = reader
  const service = text(reader, ['service'])
  const count = (at('slos') as { items?: unknown[] } | undefined)?.items?.length ?? 0
  if (count === 0) refuse(['slos'], 'at least one SLO')
  return Array.from({ length: count }, (_, index) => index).flatMap(index => {
    const path = ['slos', index] as const
    const name = text(reader, [...path, 'name'])
    const objective = at(...path, 'objective')
    if (typeof objective !== 'number') refuse([...path, 'objective'], 'per cent such as 99.9')
    if (at(...path, 'sli', 'events') === undefined) {
      refuse([...path, 'sli'], 'events with error_query and total_query')
      return []
    }
    const events = [...path, 'sli', 'events'] as const
    const sli = readSli(reader, [...events, 'total_query'], [...events, 'error_query'], 'bad')
    if (sli === undefined || name === undefined || service === undefined || typeof objective !== 'number')
      return []
    const owner = at('labels', 'owner')
    return [
      objectiveOf(sli, {
        name,
        service,
        title: undefined,
        description: at(...path, 'description'),
        owner,
        objective,
      }),
    ]
  })
}

function objectiveOf(
  sli: Sli,
  given: {
    name: string
    service: string
    title: unknown
    description: unknown
    owner: unknown
    objective: number
  },
): Objective {
  const { name, service, objective } = given
  const or = (value: unknown, fallback: string) =>
    typeof value === 'string' && value.trim() ? value : fallback
  return {
    name,
    service,
    objective,
    sli,
    title: or(given.title, name),
    description: or(given.description, name),
    owner: or(given.owner, service),
    groupBy: [],
    // Neither format knows them; five errors in a window are more than chance.
    traffic: { minimum: 1, minimumErrors: 5 },
    dashboard: 'sightline-red',
  }
}

function text({ at, refuse }: Reader, path: Path): string | undefined {
  const value = at(...path)
  return typeof value === 'string' && value.trim() !== '' ? value : refuse(path, 'a text')
}

/** The node at a path, or the last one on the way to it. */
function nearest(root: Node, path: Path): { node: Node; complete: boolean } {
  let node = root
  for (const step of path) {
    const next: unknown =
      'get' in node ? (node as { get: (key: unknown, keep: true) => unknown }).get(step, true) : undefined
    if (next === undefined || next === null) return { node, complete: false }
    node = next as Node
  }
  return { node, complete: true }
}

function shown(node: Node): string {
  if (isScalar(node)) return JSON.stringify(node.value)
  return isMap(node) ? node.items.map(item => String(item.key)).join(', ') : 'a list'
}
