import { keyOf, type Labels, labelsOf, metricName, noLabels } from '../labels.ts'

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

/** What `by`, `without`, `on` or `ignoring` leaves of a series to tell groups apart; the name never counts unless named. */
export function groupLabels(labels: Labels, only: boolean, names: readonly string[]): Labels {
  return only ? keepLabels(labels, names) : withoutLabels(labels, [...names, metricName])
}

export interface Group<T> {
  labels: Labels
  members: T[]
}

/** Items by their group, in order of first appearance. */
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
