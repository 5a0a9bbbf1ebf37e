/** Frames out of Prometheus' answers, which Loki's metric queries share. */
import type { Target } from './dashboard.ts'
import type { Field, Frame, Labels, Value } from './frames.ts'

type Sample = readonly [seconds: number, value: string]

export interface PrometheusData {
  resultType: string
  result: unknown
}

interface Series {
  metric: Labels
  values?: readonly Sample[]
  value?: Sample
}

export function prometheusFrames(data: PrometheusData, target: Target, isOnly: boolean): Frame[] {
  const series =
    data.resultType === 'scalar' || data.resultType === 'string'
      ? [{ metric: {}, value: data.result as Sample }]
      : (data.result as Series[])
  return target.format === 'table'
    ? tables(series, target, isOnly)
    : series.map(each => frameOf(each, target))
}

function frameOf(series: Series, target: Target): Frame {
  const samples = series.values ?? (series.value === undefined ? [] : [series.value])
  return {
    refId: target.refId,
    fields: [
      { name: 'Time', type: 'time', values: samples.map(([seconds]) => seconds * 1000) },
      {
        name: 'Value',
        type: 'number',
        values: samples.map(([, value]) => numberOf(value)),
        labels: series.metric,
        displayName: legendOf(series.metric, target),
      },
    ],
  }
}

/** Of several tables each has its own value column, `Value #A`. */
function tables(series: readonly Series[], target: Target, isOnly: boolean): Frame[] {
  if (series.length === 0) return []
  const names = [...new Set(series.flatMap(({ metric }) => Object.keys(metric)))].toSorted()
  const rows = series.flatMap(({ metric, values, value }) =>
    (values ?? (value === undefined ? [] : [value])).map(sample => ({ metric, sample })),
  )
  const columns: Field[] = names.map(name => ({
    name,
    type: 'string',
    values: rows.map(({ metric }): Value => metric[name] ?? null),
  }))
  const time: Field = { name: 'Time', type: 'time', values: rows.map(({ sample }) => sample[0] * 1000) }
  const value: Field = {
    name: isOnly ? 'Value' : `Value #${target.refId}`,
    type: 'number',
    values: rows.map(({ sample }) => numberOf(sample[1])),
  }
  return [{ refId: target.refId, fields: [time, ...columns, value] }]
}

export function numberOf(text: string): number {
  return text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text)
}

/** `{{job}} p95` filled in; without a format, the metric as Prometheus writes it. */
export function legendOf(labels: Labels, { legendFormat, expr, refId }: Target): string {
  if (legendFormat && legendFormat !== '__auto')
    return legendFormat.replace(/\{\{\s*(.+?)\s*\}\}/g, (_, name: string) => labels[name] ?? '')
  const { __name__: name = '', ...rest } = labels
  const pairs = Object.entries(rest).map(([key, value]) => `${key}="${value}"`)
  if (pairs.length === 0) return name || expr || refId
  return legendFormat === '__auto' && pairs.length === 1
    ? Object.values(rest)[0]!
    : `${name}{${pairs.join(', ')}}`
}
