/** Labels of made-up events: those that matchers pick, and those that they pass over. */

import type { Selection } from '../objectives.ts'

type Where = Selection['where']
type Condition = Where[string]

/** A label that may be missing is left out. `but` must not pick the labels. */
export function labelsThat(all: readonly Where[], but?: Where): Record<string, string> {
  const wanted = (label: string) => all.flatMap(where => where[label] ?? [])
  const labels = [...new Set(all.flatMap(where => Object.keys(where)))]
  const found = new Map(labels.map(label => [label, valueThat(wanted(label))]))
  const isPicked = Object.entries(but ?? {}).every(([label, each]) => holds(each, found.get(label) ?? ''))
  if (but !== undefined && isPicked) {
    const other = Object.entries(but)
      .map(([label, each]) => [label, valueThat(wanted(label), each)] as const)
      .find(([, value]) => value !== undefined)
    if (other !== undefined) found.set(...other)
  }
  return Object.fromEntries([...found].flatMap(([label, value]) => (value ? [[label, value]] : [])))
}

function valueThat(conditions: readonly Condition[], but?: Condition): string | undefined {
  const values = [...conditions, ...(but === undefined ? [] : [but])].flatMap(condition => {
    const { operator, value } = matcherOf(condition)
    return operator === '=' || operator === '!=' ? [value] : samples(value)
  })
  return ['', ...values, '200', 'other'].find(
    value => conditions.every(each => holds(each, value)) && (but === undefined || !holds(but, value)),
  )
}

function holds(condition: Condition, value: string): boolean {
  const { operator, value: wanted } = matcherOf(condition)
  if (operator === '=') return value === wanted
  if (operator === '!=') return value !== wanted
  return new RegExp(`^(?:${wanted})$`).test(value) === (operator === '=~')
}

function matcherOf(condition: Condition) {
  return typeof condition === 'string' ? { operator: '=' as const, value: condition } : condition
}

/** One text for each alternative: `(5..|429)` gives `500` and `429`. */
function samples(pattern: string): string[] {
  let texts = [pattern]
  for (let depth = 0; depth < 8; depth++)
    texts = texts.flatMap(text => {
      const group = /\((?:\?:)?([^()]*)\)[?*+]?/.exec(text)
      if (group === null) return [text]
      return group[1]!.split('|').map(part => text.replace(group[0], () => part))
    })
  return texts
    .flatMap(text => text.split('|'))
    .map(text =>
      text
        .replaceAll(/\[([^\]])[^\]]*\]/g, '$1')
        .replaceAll(/\\d/g, '0')
        .replaceAll(/\\([^\w])/g, '\uE000$1')
        .replaceAll(/(?<!\uE000)\.[+]/g, '0')
        .replaceAll(/(?<!\uE000)\.[*?]/g, '')
        .replaceAll(/(?<!\uE000)\./g, '0')
        .replaceAll(/(?<!\uE000)[\^$+?*]/g, '')
        .replaceAll('\uE000', ''),
    )
}
