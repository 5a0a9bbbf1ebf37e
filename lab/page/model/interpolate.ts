/** Fills variables into queries, titles and links by Grafana's rules. */
import type { Variable } from './dashboard.ts'

/** The chosen values of each variable; `$__all` alone stands for all of them. */
export interface Chosen {
  variable: Variable
  values: readonly string[]
  /** What could be chosen: `$__all` without an `allValue` becomes all of these. */
  options: readonly string[]
}

export interface Scope {
  variables: ReadonlyMap<string, Chosen>
  /** `__interval` and the like, without the dollar. */
  builtIns: Readonly<Record<string, string>>
  /** Looks up dotted names such as `__field.labels.job`; what it does not know stays as it is written. */
  lookUp?: (path: string) => string | undefined
}

/** How a value is written where a reference names no format: it depends on what reads the text. */
export type Language = 'promql' | 'logql' | 'traceql' | 'text' | 'url'

export const all = '$__all'

const reference =
  /\$\{(\w+)((?:\.\w+|\[["'][^"'\]]+["']\])*)(?::([^}]+))?\}|\[\[(\w+)(?::(\w+))?\]\]|\$(\w+)/g

export function interpolate(text: string, scope: Scope, language: Language): string {
  return text.replace(reference, (found, braced, path, format, bracketed, bracketedFormat, plain) => {
    const name: string = braced ?? bracketed ?? plain
    const builtIn = scope.builtIns[name]
    if (builtIn !== undefined && !path) return builtIn
    const looked = scope.lookUp?.(name + dotted(path ?? ''))
    if (looked !== undefined)
      return language === 'url' && format !== 'raw' ? encodeURIComponent(looked) : looked
    const chosen = scope.variables.get(name)
    return chosen === undefined || path ? found : written(chosen, format ?? bracketedFormat, language)
  })
}

/** `["a b"]` and `.a` are the same step: both become `.a`. */
const dotted = (path: string) => path.replace(/\[["']([^"'\]]+)["']\]/g, '.$1')

function written(chosen: Chosen, format: string | undefined, language: Language): string {
  const { variable, values, options } = chosen
  const isAll = values.length === 1 && values[0] === all
  if (format === 'queryparam') return queryParameters(variable.name, values)
  if (isAll && variable.allValue)
    return format === 'text' || (language === 'text' && !format) ? 'All' : variable.allValue
  const list = isAll ? options : values
  if (format !== undefined) return (formats[format.split(':')[0]!] ?? formats.glob!)(list)
  const isRegex = variable.multi === true || variable.includeAll === true
  switch (language) {
    case 'promql':
      if (!isRegex) return inQuotes(list[0] ?? '')
      return list.length === 1 ? regexInQuotes(list[0]!) : `(${list.map(regexInQuotes).join('|')})`
    case 'logql':
      return isRegex ? list.map(regexInQuotes).join('|') : inQuotes(list[0] ?? '')
    case 'traceql':
      return isRegex ? list.map(regexInQuotes).join('|') : (list[0] ?? '')
    case 'url':
      return encodeURIComponent(list.join(','))
    case 'text':
      return isAll ? 'All' : list.join(' + ')
  }
}

const formats: Readonly<Record<string, (values: readonly string[]) => string>> = {
  raw: values => values.join(','),
  text: values => values.join(' + '),
  csv: values => values.join(','),
  pipe: values => values.join('|'),
  json: values => JSON.stringify(values.length === 1 ? values[0] : values),
  regex: values => (values.length === 1 ? regexEscape(values[0]!) : `(${values.map(regexEscape).join('|')})`),
  glob: values => (values.length === 1 ? values[0]! : `{${values.join(',')}}`),
  percentencode: values => encodeURIComponent(values.length === 1 ? values[0]! : `{${values.join(',')}}`),
  doublequote: values => values.map(value => JSON.stringify(value)).join(','),
  singlequote: values => values.map(value => `'${value.replaceAll("'", "\\'")}'`).join(','),
}

const regexEscape = (value: string) => value.replace(/[\\^$*+?.()|[\]{}/]/g, '\\$&')

/** Inside a string in double quotes: of a query nothing may end that string. */
const inQuotes = (value: string) => value.replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n')

/** A regular expression in such a string: a dot becomes two backslashes and a dot. */
const regexInQuotes = (value: string) => inQuotes(value.replace(/[\\^$*+?.()|[\]{}]/g, '\\$&'))

const queryParameters = (name: string, values: readonly string[]) =>
  values.map(value => `var-${name}=${encodeURIComponent(value)}`).join('&')

/** What `${__all_variables}` stands for in a link. */
export function allVariables(variables: ReadonlyMap<string, Chosen>): string {
  return [...variables.values()]
    .filter(({ variable }) => variable.skipUrlSync !== true)
    .map(({ variable, values }) => queryParameters(variable.name, values))
    .filter(text => text !== '')
    .join('&')
}
