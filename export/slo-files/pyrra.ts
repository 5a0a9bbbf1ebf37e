/** Objectives from Pyrra's ServiceLevelObjective. */
import type { Alerting } from '../../alerts/objectives.ts'
import { parse } from '../../engines/promql/engine/parse.ts'
import type { Indicator } from './indicator.ts'
import { type Imported, objectiveOf } from './objective.ts'
import { pyrraOver } from './policies.ts'
import { onlyKnown, type Path, type Reader, readDuration, readPeriod, readText, readTexts } from './reader.ts'
import { countedOf, type Sum, sumOfSelector } from './sums.ts'

/** Its labels of this form go to the rules. */
const propagated = 'pyrra.dev/'

export function fromPyrra(reader: Reader): Imported[] {
  const { at, refuse } = reader
  onlyKnown(reader, ['spec'], ['target', 'window', 'description', 'indicator', 'alerting'])
  const name = readText(reader, ['metadata', 'name'])
  const target = Number(at('spec', 'target'))
  if (!(target > 0 && target < 100)) refuse(['spec', 'target'], 'per cent such as "99.9"')
  const period = readPeriod(reader, ['spec', 'window'])
  const indicator = readIndicator(reader)
  const infos = propagatedOf(readTexts(reader, ['metadata', 'labels']))
  const annotations = propagatedOf(readTexts(reader, ['metadata', 'annotations']))
  const alerting = readAlerting(reader, annotations)
  if (name === undefined || period === undefined || indicator === undefined) return []
  const namespace = at('metadata', 'namespace')
  return [
    {
      preset: pyrraOver(period),
      place: reader.place(['metadata', 'name']),
      objective: objectiveOf(indicator, {
        name,
        service: infos.service ?? name,
        title: name,
        description: at('spec', 'description'),
        owner: infos.team,
        objective: target,
        infos: { ...infos, ...(typeof namespace === 'string' && { namespace }) },
        alerting,
      }),
    },
  ]
}

function readIndicator(reader: Reader): Indicator | undefined {
  const root = ['spec', 'indicator'] as const
  const [kind] = reader.keys(root)
  const path = [...root, kind ?? '']
  const grouping = Array.from({ length: reader.count([...path, 'grouping']) }, (_, index) =>
    String(reader.at(...path, 'grouping', index)),
  ).toSorted()
  const selector = (where: Path) => readSelector(reader, where, grouping)
  if (kind === 'ratio' || kind === 'latency') {
    const total = selector([...path, 'total', 'metric'])
    const part = selector([...path, kind === 'ratio' ? 'errors' : 'success', 'metric'])
    if (total === undefined || part === undefined) return undefined
    const sli = countedOf(total.sum, part.sum, kind === 'ratio' ? 'bad' : 'good')
    if (sli !== undefined) return { sli, groupBy: grouping }
    const rate = (text: string) => sum(grouping, `rate(${text}[$window])`)
    const failures = `${rate(total.text)} - ${rate(part.text)}`
    return {
      groupBy: grouping,
      sli: { kind: 'queries', events: rate(total.text), failures, noneIsZero: false },
    }
  }
  if (kind === 'latencyNative') {
    const total = selector([...path, 'total', 'metric'])
    const within = readDuration(reader, [...path, 'latency'], 'a duration such as 500ms')
    if (total === undefined || within === undefined) return undefined
    const events = `histogram_count(${sum(grouping, `rate(${total.text}[$window])`)})`
    const share = `histogram_fraction(0, ${within}, ${sum(grouping, `rate(${total.text}[$window])`)})`
    return {
      groupBy: grouping,
      sli: { kind: 'queries', events, failures: `(1 - ${share}) * ${events}`, noneIsZero: false },
    }
  }
  if (kind === 'bool_gauge') {
    const gauge = selector([...path, 'metric'])
    if (gauge === undefined) return undefined
    const events = sum(grouping, `count_over_time(${gauge.text}[$window])`)
    const failures = `${events} - ${sum(grouping, `sum_over_time(${gauge.text}[$window])`)}`
    return { groupBy: grouping, sli: { kind: 'queries', events, failures, noneIsZero: false } }
  }
  return reader.refuse(root, 'ratio, latency, latencyNative or bool_gauge')
}

function sum(grouping: readonly string[], inner: string): string {
  return `sum${grouping.length === 0 ? '' : ` by (${grouping.join(', ')}) `}(${inner})`
}

function readSelector(
  reader: Reader,
  path: Path,
  grouping: readonly string[],
): { text: string; sum: Sum } | undefined {
  const text = readText(reader, path)
  if (text === undefined) return undefined
  try {
    const found = sumOfSelector(parse(text), grouping)
    if (found !== undefined) return { text: text.trim(), sum: found }
  } catch {
    // Falls through to the refusal, which shows the text.
  }
  return reader.refuse(path, 'a selector such as http_requests_total{job="shop"}')
}

function readAlerting(reader: Reader, annotations: Record<string, string>): Alerting {
  const path = ['spec', 'alerting'] as const
  onlyKnown(reader, path, ['disabled', 'burnrates', 'absent', 'name', 'absentName', 'severities'])
  const is = (field: string, value: boolean) => reader.at(...path, field) === value
  const text = (field: string) => {
    const value = reader.at(...path, field)
    return typeof value === 'string' && value !== '' ? value : undefined
  }
  const { fastBurn, mediumBurn, slowBurn, longTermBurn, absent } = readTexts(reader, [...path, 'severities'])
  const disable = is('disabled', true) || is('burnrates', false)
  const severities = {
    fast: fastBurn ?? 'critical',
    medium: mediumBurn ?? 'critical',
    slow: slowBurn ?? 'warning',
    trickle: longTermBurn ?? 'warning',
  }
  const [name, absentName] = [text('name'), text('absentName')]
  return {
    ...(name !== undefined && { name }),
    annotations,
    severities,
    ...(disable && { page: { disable }, ticket: { disable } }),
    absent: {
      disable: is('absent', false),
      labels: { severity: absent ?? 'critical' },
      ...(absentName !== undefined && { name: absentName }),
    },
  }
}

function propagatedOf(texts: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(texts).flatMap(([name, value]) =>
      name.startsWith(propagated) ? [[name.slice(propagated.length), value]] : [],
    ),
  )
}
