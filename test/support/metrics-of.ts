import { parseExposition, type Sample } from '../../otel/exposition.ts'
import type { Metric } from '../../otel/signals.ts'
import type { LabProcess } from './lab-processes.ts'

/** What a process says on /metrics, with exemplars. */
export async function scrape({ adminUrl }: Pick<LabProcess, 'adminUrl'>): Promise<string> {
  const answer = await fetch(`${adminUrl}/metrics`, { headers: { accept: 'application/openmetrics-text' } })
  return answer.text()
}

/** The samples of one metric that carry these labels. */
export async function samplesOf(
  process: Pick<LabProcess, 'adminUrl'>,
  metric: Metric,
  where: Readonly<Record<string, string>> = {},
): Promise<Sample[]> {
  const samples = parseExposition(await scrape(process)).get(metric.name)?.samples ?? []
  return samples.filter(({ labels }) =>
    Object.entries(where).every(([label, value]) => labels[label] === value),
  )
}

/** Sum over the label sets; of a histogram, the number of its observations. */
export async function totalOf(
  process: Pick<LabProcess, 'adminUrl'>,
  metric: Metric,
  where: Readonly<Record<string, string>> = {},
): Promise<number> {
  const samples = await samplesOf(process, metric, where)
  return samples
    .filter(({ name }) => metric.kind !== 'histogram' || name.endsWith('_count'))
    .reduce((sum, { value }) => sum + value, 0)
}
