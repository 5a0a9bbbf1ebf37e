/** What can be chosen for a variable, and what is. */
import type { Variable } from './dashboard.ts'
import { all, type Chosen, interpolate, type Scope } from './interpolate.ts'

/** `label_values(metric{…}, label)` and `label_values(label)`; nothing where it is another query. */
export function labelValuesOf(query: string): { selector?: string; label: string } | undefined {
  const [, inside] = /^\s*label_values\((.*)\)\s*$/s.exec(query) ?? []
  if (inside === undefined) return undefined
  const comma = inside.lastIndexOf(',')
  const label = inside.slice(comma + 1).trim()
  if (!/^[a-zA-Z_]\w*$/.test(label)) return undefined
  const selector = inside.slice(0, Math.max(0, comma)).trim()
  return { label, ...(selector !== '' && { selector }) }
}

export const queryOf = ({ query = '' }: Variable) => (typeof query === 'string' ? query : (query.query ?? ''))

/** `a, b : 2` are the options a and b, of which b stands for 2. */
export function customOptions(variable: Variable, scope: Scope): { text: string; value: string }[] {
  const written = interpolate(queryOf(variable), scope, 'traceql')
  return (written.match(/(?:\\,|[^,])+/g) ?? []).map(option => {
    const plain = option.replaceAll('\\,', ',')
    const [, text, value] = /^\s*(.+)\s:\s(.+)$/.exec(plain) ?? []
    return text === undefined
      ? { text: plain.trim(), value: plain.trim() }
      : { text: text.trim(), value: value!.trim() }
  })
}

/** The values in the address, else the dashboard's own, else everything or the first there is. */
export function chosenFor(variable: Variable, asked: readonly string[], options: readonly string[]): Chosen {
  const usable = variable.type === 'constant' || variable.skipUrlSync === true ? [] : asked
  const wanted = usable.length > 0 ? usable : saved(variable)
  const values = wanted.map(value => (value === 'All' && variable.includeAll ? all : value))
  if (variable.type === 'textbox') return { variable, values: [values[0] ?? queryOf(variable)], options }
  if (variable.type === 'custom' && variable.multi !== true)
    return { variable, values: [values.find(value => options.includes(value)) ?? options[0] ?? ''], options }
  const kept = values.filter(value => value !== '')
  if (kept.length === 0)
    return { variable, values: variable.includeAll ? [all] : options.slice(0, 1), options }
  return { variable, values: kept.includes(all) ? [all] : kept, options }
}

function saved({ current }: Variable): string[] {
  const value = current?.value
  return value === undefined ? [] : Array.isArray(value) ? value : [value]
}

/** Grafana's orders: 1 and 2 by letters, 3 and 4 by numbers, even ones downwards, 5 and 6 without case. */
export function sorted(values: readonly string[], { sort = 0, regex = '' }: Variable): string[] {
  const pattern = regex === '' ? undefined : new RegExp(regex.replace(/^\/|\/[a-z]*$/g, ''))
  const kept = values.flatMap(value => {
    if (pattern === undefined) return [value]
    const found = pattern.exec(value)
    return found === null ? [] : [found[1] ?? value]
  })
  const order = [...new Set(kept)]
  if (sort === 1 || sort === 2) order.sort()
  else if (sort === 3 || sort === 4) order.sort((a, b) => Number.parseFloat(a) - Number.parseFloat(b))
  else if (sort >= 5) order.sort((a, b) => a.toLowerCase().localeCompare(b.toLowerCase()))
  return sort > 0 && sort % 2 === 0 ? order.reverse() : order
}
