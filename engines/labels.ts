/** A series' labels: a map in order of the names, so that iteration, keys and printing agree everywhere. */
export type Labels = ReadonlyMap<string, string>

export const metricName = '__name__'

export const noLabels: Labels = new Map()

/** Sorts by name and leaves out empty values: in Prometheus an empty label is the same as none. */
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

/** `name{label="value"}`, as Prometheus prints a series. */
export function printLabels(labels: Labels): string {
  const name = labels.get(metricName) ?? ''
  const rest = withoutLabels(labels, [metricName])
  if (rest.size === 0) return name === '' ? '{}' : name
  return `${name}${printAllLabels(rest)}`
}

/** `{__name__="x", job="y"}`, as error messages of Prometheus name a series. */
export function printAllLabels(labels: Labels): string {
  return `{${[...labels].map(([label, value]) => `${label}=${JSON.stringify(value)}`).join(', ')}}`
}

/** Prometheus' order of series: label by label, name before value, the shorter set first. */
export function byLabels(a: { labels: Labels }, b: { labels: Labels }): number {
  const right = b.labels.entries()
  for (const [name, value] of a.labels) {
    const other = right.next().value
    if (other === undefined) return 1
    if (name !== other[0]) return name < other[0] ? -1 : 1
    if (value !== other[1]) return value < other[1] ? -1 : 1
  }
  return a.labels.size - b.labels.size
}

export function keepLabels(labels: Labels, names: readonly string[]): Labels {
  if (names.length === 0) return noLabels
  return new Map([...labels].filter(([name]) => names.includes(name)))
}

export function withoutLabels(labels: Labels, names: readonly string[]): Labels {
  return names.some(name => labels.has(name))
    ? new Map([...labels].filter(([name]) => !names.includes(name)))
    : labels
}

/** The labels with these set; an empty value takes a label away. */
export function setLabels(labels: Labels, pairs: readonly (readonly [string, string])[]): Labels {
  return pairs.length === 0 ? labels : labelsOf(new Map([...labels, ...pairs]))
}

/**
 * The labels that decide the group of a series: with `only` the named ones, as in `by (job)` and `on (job)`; else all
 * but the named ones and the metric's name, as in `without (job)` and `ignoring (job)`.
 */
export function groupLabels(labels: Labels, only: boolean, names: readonly string[]): Labels {
  return only ? keepLabels(labels, names) : withoutLabels(labels, [...names, metricName])
}

export interface Group<T> {
  labels: Labels
  members: T[]
}

/** Items by the labels of their group, in order of first appearance. */
export function groupBy<T extends { labels: Labels }>(
  items: readonly T[],
  labelsOfGroup: (labels: Labels) => Labels,
): Map<string, Group<T>> {
  const groups = new Map<string, Group<T>>()
  for (const item of items) {
    const labels = labelsOfGroup(item.labels)
    const key = keyOf(labels)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { labels, members: [item] })
    else group.members.push(item)
  }
  return groups
}
