/** Reads the values of options and words; what is refused says what was expected and what may have been meant. */
import { seconds } from '../contract/durations.ts'
import { type PortName, ports } from '../contract/ports.ts'
import { got, wrongUse } from '../contract/user-error.ts'

/** The values of options the verb cannot do without; `toDo` is what it would have done. */
export function required<T extends object, const N extends keyof T & string>(
  toDo: string,
  values: T,
  names: readonly N[],
): { [K in N]-?: NonNullable<T[K]> } {
  const isGiven = (name: N) => values[name] !== undefined && (values[name] as unknown) !== ''
  if (names.every(isGiven)) return values as { [K in N]-?: NonNullable<T[K]> }
  const given = names.filter(isGiven)
  throw wrongUse({
    action: toDo,
    expected: listed(names.map(option), 'and'),
    got: listed(given.map(option), 'and') || 'nothing',
  })
}

/** The address a server answers at, without a slash at its end. */
export function address(name: string, text: string, example = exampleOf(name)): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, '')
  throw wrongUse({
    action: `read ${option(name)}`,
    expected: `an address such as ${example}`,
    got: `"${text}"`,
  })
}

function exampleOf(name: string): string {
  return `http://127.0.0.1:${(name in ports ? ports[name as PortName] : ports.grafana).number}`
}

/** Seconds of a duration such as `15m`. */
export function time(name: string, text: string): number {
  try {
    const total = seconds(text)
    if (total > 0) return total
  } catch {}
  throw wrongUse({
    action: `read ${option(name)}`,
    expected: 'a duration above 0 such as 5s, 15m or 1h30m',
    got: `"${text}"`,
  })
}

/** What resources of Kubernetes carry: a name of a namespace, and labels as Kubernetes takes them, each once. */
export function resource(namespace: string | undefined, labels: readonly string[] = []) {
  if (namespace !== undefined && !/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace))
    throw wrongUse({
      action: 'read --namespace',
      expected: 'a name of a-z, 0-9 and - up to 63 long',
      got: `"${namespace}"`,
    })
  const pairs = labels.map(label => {
    const [, name, value] = /^([^=]*)=(.*)$/s.exec(label) ?? []
    if (
      name === undefined ||
      value === undefined ||
      !isLabelName(name) ||
      !(value === '' || isLabelPart(value))
    )
      throw wrongUse({
        action: 'read --label',
        expected: 'NAME=VALUE such as release=prometheus, both of letters, digits, -, _ and . up to 63 long',
        got: `"${label}"`,
      })
    return [name, value] as const
  })
  const again = pairs.find(([name], index) => pairs.findIndex(each => each[0] === name) < index)
  if (again !== undefined)
    throw wrongUse({ action: 'read --label', expected: 'each name once', got: `${again[0]} again` })
  return { ...(namespace !== undefined && { namespace }), labels: Object.fromEntries(pairs) }
}

/** With a domain before it, as in `app.kubernetes.io/part-of`. */
function isLabelName(text: string): boolean {
  const [, domain, name = ''] = /^(?:([^/]*)\/)?(.*)$/s.exec(text)!
  const isDomain =
    domain === undefined ||
    (domain.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(domain))
  return isDomain && isLabelPart(name)
}

function isLabelPart(text: string): boolean {
  return /^[A-Za-z0-9]([-\w.]{0,61}[A-Za-z0-9])?$/.test(text)
}

/** The names of a comma separated option, all of them known. */
export function chosen(name: string, text: string | undefined, known: readonly string[]): readonly string[] {
  if (text === undefined) return known
  const names = text.split(',').map(each => each.trim())
  const unknown = names.filter(each => !known.includes(each))
  if (unknown.length === 0) return names
  throw wrongUse({
    action: `read ${option(name)}`,
    expected: `some of ${known.join(', ')}`,
    got: `${unknown.map(each => `"${each}"`).join(', ')}${didYouMean(unknown[0]!, known)}`,
  })
}

/** The word, which is one of those known; `toDo` is what it was to choose. */
export function oneOf<T extends string>(toDo: string, text: string | undefined, known: readonly T[]): T {
  if (known.includes(text as T)) return text as T
  throw wrongUse({
    action: toDo,
    expected: known.length > 4 ? `one of ${known.join(', ')}` : listed(known, 'or'),
    got: `${got(text)}${didYouMean(text ?? '', known)}`,
  })
}

/** `; did you mean "query"?`, or nothing when no known word is near. */
export function didYouMean(word: string, known: readonly string[]): string {
  const [nearest] = known
    .map(each => ({ each, distance: distanceOf(word.toLowerCase(), each.toLowerCase()) }))
    .filter(({ each, distance }) => distance <= Math.max(1, Math.floor(each.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
  return nearest === undefined ? '' : `; did you mean ${nearest.each}?`
}

/** Letters to add, drop, change or swap with the next one to make one word of the other. */
function distanceOf(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, column) => column)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = rows[i - 1]![j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
          ? rows[i - 2]![j - 2]! + 1
          : Number.POSITIVE_INFINITY
      row.push(Math.min(changed, swapped, rows[i - 1]![j]! + 1, row[j - 1]! + 1))
    }
    rows.push(row)
  }
  return rows.at(-1)!.at(-1)!
}

function option(name: string): string {
  return `--${name}`
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} ${last} ${words.at(-1)}`
}
