/** A series' labels: a map in order of the names, so that iteration, keys and printing agree everywhere. */
export type Labels = ReadonlyMap<string, string>

export const metricName = '__name__'

/** Sorts by name and leaves out empty values, which to Prometheus are no label at all. */
export function labelsOf(pairs: Iterable<readonly [string, string]>): Labels {
  const kept = [...pairs].filter(([, value]) => value !== '')
  return new Map(kept.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
}

/** One string per label set, equal exactly when the sets are. */
export function keyOf(labels: Labels): string {
  let key = ''
  for (const [name, value] of labels) key += `${name}\xff${value}\xff`
  return key
}

export const noLabels: Labels = new Map()

/** `name{label="value"}`, as Prometheus prints a series. */
export function printLabels(labels: Labels): string {
  const name = labels.get(metricName) ?? ''
  const rest = [...labels].filter(([label]) => label !== metricName)
  if (rest.length === 0) return name === '' ? '{}' : name
  return `${name}{${rest.map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(', ')}}`
}
