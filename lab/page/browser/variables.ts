/** The variables of a dashboard: what can be chosen, and the row of controls above the panels. */
import type { Dashboard, Variable } from '../model/dashboard.ts'
import { all, type Chosen, interpolate, type Scope } from '../model/interpolate.ts'
import type { TimeRange } from '../model/time.ts'
import { chosenFor, customOptions, labelValuesOf, queryOf, sorted } from '../model/variables.ts'
import { change, parameters } from './address.ts'
import { prometheus } from './api.ts'
import { h, icon, menu } from './dom.ts'

/** One after the other, as a query may use those before it. A query that fails is named in `problems`. */
export async function chooseVariables(
  { templating }: Dashboard,
  range: TimeRange,
  problems: string[],
): Promise<ReadonlyMap<string, Chosen>> {
  const variables = new Map<string, Chosen>()
  const query = parameters()
  for (const variable of templating?.list ?? []) {
    const scope: Scope = { variables, builtIns: {} }
    let options: readonly string[] = []
    try {
      options = await optionsOf(variable, scope, range)
    } catch (error) {
      problems.push(`Variable ${variable.name}: ${error instanceof Error ? error.message : error}`)
    }
    variables.set(variable.name, chosenFor(variable, query.getAll(`var-${variable.name}`), options))
  }
  return variables
}

async function optionsOf(variable: Variable, scope: Scope, range: TimeRange): Promise<readonly string[]> {
  switch (variable.type) {
    case 'datasource':
      return [queryOf(variable)]
    case 'custom':
      return customOptions(variable, scope).map(({ value }) => value)
    case 'interval':
    case 'constant':
      return queryOf(variable)
        .split(',')
        .map(each => each.trim())
    case 'textbox':
    case 'adhoc':
      return []
    case 'query':
      return sorted(await labelValues(variable, scope, range), variable)
    default:
      throw new Error(`variables of type "${variable.type}" are not known here`)
  }
}

function labelValues(variable: Variable, scope: Scope, range: TimeRange): Promise<string[]> {
  const text = queryOf(variable)
  const asked = labelValuesOf(text)
  if (asked === undefined) throw new Error(`expected label_values(…), got ${JSON.stringify(text)}`)
  return prometheus<string[]>(`label/${asked.label}/values`, {
    ...(asked.selector && { 'match[]': interpolate(asked.selector, scope, 'promql') }),
    start: range.from / 1000,
    end: range.to / 1000,
  })
}

/** `changed` runs after the address has the new value. */
export function variableControls(variables: ReadonlyMap<string, Chosen>, changed: () => void): HTMLElement[] {
  return [...variables.values()]
    .filter(({ variable }) => variable.hide !== 2 && variable.type !== 'constant')
    .filter(({ variable, options }) => variable.type !== 'datasource' || options.length > 1)
    .map(chosen => control(chosen, changed))
}

function control(chosen: Chosen, changed: () => void): HTMLElement {
  const { variable, values, options } = chosen
  const name = `var-${variable.name}`
  const title = variable.label || variable.name
  const set = (next: readonly string[]) => {
    change({ [name]: next })
    changed()
  }
  if (variable.type === 'textbox') {
    const input = h('input', {
      type: 'text',
      value: values[0] ?? '',
      'aria-label': title,
      spellcheck: 'false',
    })
    input.addEventListener('change', () => set([input.value]))
    return h('label', { class: 'variable' }, h('span', {}, title), input)
  }
  const text = values.map(value => (value === all ? 'All' : value)).join(' + ') || 'none'
  const button = h(
    'button',
    { type: 'button', class: 'choose', 'aria-label': `${title}: ${text}` },
    h('span', {}, text),
    icon('chevron'),
  )
  const choices = variable.includeAll ? [all, ...options] : [...options]
  const list = () => choiceList(choices, values, variable.multi === true, set)
  return h('div', { class: 'variable' }, h('span', {}, title), menu(button, list))
}

function choiceList(
  choices: readonly string[],
  values: readonly string[],
  isMulti: boolean,
  set: (next: readonly string[]) => void,
): HTMLElement {
  const toggled = (value: string) => {
    if (!isMulti || value === all) return [value]
    const kept = values.filter(each => each !== all)
    const next = kept.includes(value) ? kept.filter(each => each !== value) : [...kept, value]
    return next.length === 0 ? [choices[0]!] : next
  }
  const filter = h('input', { type: 'search', placeholder: 'Search', 'aria-label': 'Search the values' })
  const items = choices.map(value =>
    h(
      'button',
      {
        type: 'button',
        role: 'menuitemcheckbox',
        'aria-checked': String(values.includes(value)),
        onclick: () => set(toggled(value)),
      },
      value === all ? 'All' : value,
    ),
  )
  filter.addEventListener('input', () => {
    for (const item of items)
      item.hidden = !item.textContent.toLowerCase().includes(filter.value.toLowerCase())
  })
  return h('div', { class: 'choices' }, choices.length > 8 && filter, h('div', { role: 'menu' }, ...items))
}
