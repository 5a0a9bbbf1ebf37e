/** Writes metrics as Prometheus reads them: OpenMetrics, which alone carries exemplars, or the older plain text. */

export interface Family {
  /** Of counters with `_total`. */
  name: string
  help: string
  kind: string
  samples: FamilySample[]
}

export interface FamilySample {
  name: string
  labels: Record<string, string | number>
  value: number
  exemplar?: { labels: Record<string, string | number>; value: number; seconds: number }
}

export type ExpositionFormat = 'openmetrics' | 'text'

export const contentTypes: Readonly<Record<ExpositionFormat, string>> = {
  openmetrics: 'application/openmetrics-text; version=1.0.0; charset=utf-8',
  text: 'text/plain; version=0.0.4; charset=utf-8',
}

export function writeExposition(families: readonly Family[], format: ExpositionFormat): string {
  const lines = families.flatMap(family =>
    format === 'openmetrics' ? openMetricsLines(family) : textLines(family),
  )
  if (format === 'openmetrics') lines.push('# EOF')
  return `${lines.join('\n')}\n`
}

function textLines({ name, help, kind, samples }: Family): string[] {
  return [
    `# HELP ${name} ${escapeHelp(help)}`,
    `# TYPE ${name} ${kind}`,
    ...samples.map(sample => `${seriesOf(sample.name, sample.labels)} ${numberText(sample.value)}`),
  ]
}

/** A counter's family is called without `_total` here, its samples with it. */
function openMetricsLines({ name, help, kind, samples }: Family): string[] {
  const isCounter = kind === 'counter'
  const family = isCounter ? name.replace(/_total$/, '') : name
  return [
    `# HELP ${family} ${escapeText(help)}`,
    `# TYPE ${family} ${kind === 'untyped' ? 'unknown' : kind}`,
    ...samples.map(sample => {
      const series = seriesOf(isCounter ? `${family}_total` : sample.name, sample.labels)
      return `${series} ${numberText(sample.value)}${exemplarText(sample)}`
    }),
  ]
}

function exemplarText({ exemplar }: FamilySample): string {
  return exemplar === undefined
    ? ''
    : ` # ${seriesOf('', exemplar.labels)} ${numberText(exemplar.value)} ${exemplar.seconds}`
}

function seriesOf(name: string, labels: FamilySample['labels']): string {
  const pairs = Object.entries(labels).map(
    ([label, value]) => `${label}="${typeof value === 'number' ? numberText(value) : escapeText(value)}"`,
  )
  return pairs.length === 0 ? name : `${name}{${pairs.join(',')}}`
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeText(text: string): string {
  return /[\\\n"]/.test(text) ? escapeHelp(text).replaceAll('"', '\\"') : text
}
