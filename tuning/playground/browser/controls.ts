/** The form of the playground: what can be chosen and dragged. */
import { objectives } from '../../../alerts/objectives.ts'
import { duration } from '../../../contract/durations.ts'
import { h } from '../../../lab/page/browser/dom.ts'
import { shippedTier } from '../../policies/own.ts'
import { scenarios } from '../../scenarios/catalogue.ts'
import { type State, type TierState, usualState } from '../state.ts'

const [minute, hour, day] = [60, 3600, 86_400]
const short = [2, 3, 5, 10, 15, 20, 30, 45].map(each => each * minute)
const hours = [1, 1.5, 2, 3, 4, 6, 8, 12, 18].map(each => each * hour)
const days = [1, 1.5, 2, 3, 4, 5, 7].map(each => each * day)
const windows = [...short, ...hours, ...days]
const waits = [0, 1, 2, 3, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180].map(each => each * minute)

/** The stops of each slider. */
const stops = {
  long: windows,
  short: windows.filter(each => each <= 12 * hour),
  factor: [0.5, 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 7, 8, 10, 12, 14.4, 17, 20, 25, 30, 36, 50, 75, 100],
  for: waits,
  keepFiringFor: waits,
} as const satisfies Partial<Record<keyof TierState, readonly number[]>>

const names = {
  long: 'Long window',
  short: 'Short window',
  factor: 'Burn rate above',
  for: 'for',
  keepFiringFor: 'keep_firing_for',
}

const traffics = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
const guards = [1, 2, 3, 5, 8, 12, 20, 35, 50, 100]

export function controls(state: State, onChange: (state: State, isDragging: boolean) => void): HTMLElement {
  let now = state
  const change = (changes: Partial<State>, isDragging: boolean) => {
    now = { ...now, ...changes }
    onChange(now, isDragging)
  }
  const changeTier = (name: string, changes: Partial<TierState>, isDragging: boolean) =>
    change(
      { tiers: now.tiers.map(tier => (tier.name === name ? { ...tier, ...changes } : tier)) },
      isDragging,
    )
  const objective = objectives.find(({ name }) => name === state.slo)!
  return h(
    'form',
    { class: 'controls', 'aria-label': 'Policy', onsubmit: (event: Event) => event.preventDefault() },
    h(
      'fieldset',
      {},
      h('legend', {}, 'Service'),
      chooser(
        'Objective',
        state.slo,
        objectives.map(({ name, title }) => [name, title]),
        slo => onChange({ ...usualState(slo), scenario: now.scenario, seed: now.seed }, false),
      ),
      h('p', { class: 'note' }, objective.description),
      numeral('Promise in %', state.promise, { min: 50, max: 99.999, step: 'any' }, promise =>
        change({ promise }, false),
      ),
      slider(
        'Traffic',
        traffics,
        state.traffic,
        value => `${value} events/s`,
        (traffic, isDragging) => change({ traffic }, isDragging),
      ),
      chooser(
        'Scenario',
        state.scenario,
        scenarios.map(({ name, title }) => [name, title]),
        scenario => onChange({ ...now, scenario, incident: '' }, false),
      ),
      numeral('Month (seed)', state.seed, { min: 1, max: 1e9, step: 1 }, seed => change({ seed }, false)),
    ),
    h(
      'fieldset',
      {},
      h('legend', {}, 'All tiers'),
      slider('Errors at least', guards, state.minimumErrors, String, (minimumErrors, isDragging) =>
        change({ minimumErrors }, isDragging),
      ),
    ),
    state.tiers.map(tier => tierControls(tier, changeTier)),
  )
}

function tierControls(
  tier: TierState,
  change: (name: string, changes: Partial<TierState>, isDragging: boolean) => void,
): HTMLElement {
  const { severity } = shippedTier(tier.name)
  const sliders = h(
    'div',
    { hidden: !tier.isOn },
    (Object.keys(stops) as (keyof typeof stops)[]).map(field =>
      slider(
        names[field],
        stops[field],
        tier[field],
        field === 'factor' ? value => `${value}×` : time,
        (value, isDragging) => change(tier.name, { [field]: value }, isDragging),
        `${tier.name} ${field}`,
      ),
    ),
  )
  const isOn = h('input', {
    type: 'checkbox',
    checked: tier.isOn,
    'aria-label': `Tier ${tier.name}`,
    onchange: () => {
      sliders.hidden = !isOn.checked
      change(tier.name, { isOn: isOn.checked }, false)
    },
  })
  return h(
    'fieldset',
    {},
    h(
      'legend',
      {},
      h('label', {}, isOn, ` ${tier.name} `),
      h('span', { class: `badge ${severity}` }, severity),
    ),
    sliders,
  )
}

/** The page's address may ask for a value between the stops; it becomes a stop of its own. */
function slider(
  label: string,
  known: readonly number[],
  value: number,
  text: (value: number) => string,
  onChange: (value: number, isDragging: boolean) => void,
  name = label,
): HTMLElement {
  const all = [...new Set([...known, value])].toSorted((a, b) => a - b)
  const shown = h('output', {}, text(value))
  const tell = (isDragging: boolean) => () => {
    const chosen = all[Number(input.value)]!
    shown.textContent = text(chosen)
    input.setAttribute('aria-valuetext', text(chosen))
    onChange(chosen, isDragging)
  }
  const input = h('input', {
    type: 'range',
    min: '0',
    max: String(all.length - 1),
    step: '1',
    value: String(all.indexOf(value)),
    name,
    'aria-valuetext': text(value),
    oninput: tell(true),
    onchange: tell(false),
  })
  return h('label', { class: 'slider' }, h('span', {}, label), input, shown)
}

function chooser(
  label: string,
  value: string,
  options: readonly (readonly [string, string])[],
  onChange: (value: string) => void,
): HTMLElement {
  const select = h(
    'select',
    { name: label.toLowerCase(), onchange: () => onChange(select.value) },
    options.map(([name, title]) => h('option', { value: name, selected: name === value }, title)),
  )
  return h('label', { class: 'field' }, h('span', {}, label), select)
}

function numeral(
  label: string,
  value: number,
  bounds: { min: number; max: number; step: number | 'any' },
  onChange: (value: number) => void,
): HTMLElement {
  const input = h('input', {
    type: 'number',
    value: String(value),
    ...bounds,
    onchange: () => input.reportValidity() && onChange(input.valueAsNumber),
  })
  return h('label', { class: 'field' }, h('span', {}, label), input)
}

function time(value: number): string {
  return value === 0 ? 'none' : duration(value)
}
