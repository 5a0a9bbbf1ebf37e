/** What this process exposes of a metric, for tests of single parts of the kit. */

import { parseExposition, type Sample } from '../exposition.ts'
import { exposition } from '../metrics.ts'

type LabelValues = Record<string, string>

/** Samples with these labels, whatever their others. */
async function samplesOf(name: string, labels: LabelValues = {}): Promise<Sample[]> {
  const families = parseExposition(await exposition('openmetrics'))
  return (families.get(name)?.samples ?? []).filter(sample =>
    Object.entries(labels).every(([label, value]) => sample.labels[label] === value),
  )
}

export async function sampleOf(name: string, labels?: LabelValues): Promise<number | undefined> {
  return (await samplesOf(name, labels))[0]?.value
}

/** How often a histogram was recorded. */
export async function countOf(name: string, labels?: LabelValues): Promise<number> {
  const counts = (await samplesOf(name, labels)).filter(sample => sample.name.endsWith('_count'))
  return counts.reduce((sum, { value }) => sum + value, 0)
}
