/** What came of it: how the score moved, what fired and what was missed, and the texts to take along. */
import { roundedDuration } from '../../../contract/durations.ts'
import { h } from '../../../lab/page/browser/dom.ts'
import { moment } from '../../scenarios/check.ts'
import type { Score } from '../../score/score.ts'
import type { Played } from '../play.ts'
import { type State, writeState } from '../state.ts'

const percent = (value: number) => `${(value * 100).toFixed(value < 0.1 ? 1 : 0)}%`
const count = (value: number) => value.toFixed(2)

interface Figure {
  name: string
  title: string
  read: (score: Score) => number | undefined
  print: (value: number) => string
  isMoreBetter?: true
}

const figures: readonly Figure[] = [
  { name: 'pageDetection', title: 'Page after', read: score => score.pageDetection, print: roundedDuration },
  {
    name: 'ticketDetection',
    title: 'Ticket after',
    read: score => score.ticketDetection,
    print: roundedDuration,
  },
  { name: 'reset', title: 'Silent after the end', read: score => score.reset, print: roundedDuration },
  { name: 'recall', title: 'Recall', read: score => score.recall, print: percent, isMoreBetter: true },
  {
    name: 'precision',
    title: 'Precision',
    read: score => score.precision,
    print: percent,
    isMoreBetter: true,
  },
  { name: 'pagesPerWeek', title: 'Pages a week', read: score => score.pagesPerWeek, print: count },
  {
    name: 'falsePagesPerWeek',
    title: 'False pages a week',
    read: score => score.falsePagesPerWeek,
    print: count,
  },
  {
    name: 'falseTicketsPerWeek',
    title: 'False tickets a week',
    read: score => score.falseTicketsPerWeek,
    print: count,
  },
  { name: 'budgetSpent', title: 'Budget spent before', read: score => score.budgetSpent, print: percent },
  { name: 'cost', title: 'Cost, balanced', read: score => score.cost.balanced, print: count },
]

export function results(played: Played, state: State, onIncident: (incident: string) => void): HTMLElement[] {
  const chart = h('div', { class: 'chart', tabindex: 0 })
  // The picture is text of our own, in which every word is escaped.
  chart.innerHTML = played.chart
  return [
    h('section', { 'aria-label': 'Month' }, spans(played, state, onIncident), chart, legend()),
    h('section', { class: 'wide', 'aria-label': 'Score', tabindex: 0 }, scoreTable(played)),
    h(
      'section',
      { 'aria-label': 'What fired' },
      h('h2', {}, 'What fired, and what was missed'),
      h('ul', { class: 'told' }, happenings(played)),
    ),
    ...(played.warnings.length === 0
      ? []
      : [
          h(
            'section',
            { class: 'warnings', 'aria-label': 'Warnings' },
            h('h2', {}, 'What cannot ship as it is'),
            h(
              'ul',
              {},
              played.warnings.map(text => h('li', {}, text)),
            ),
          ),
        ]),
    taking('Definition', 'definition', played.definition),
    taking('Prometheus rules', 'rules', played.rules),
    taking('On the command line', 'command', `npm run tune -- playground --state '${writeState(state)}'`),
  ]
}

function scoreTable({ score, shipped }: Played): HTMLElement {
  return h(
    'table',
    {},
    h(
      'thead',
      {},
      h(
        'tr',
        {},
        ['Over the month', 'Yours', 'What ships', 'Moved'].map(text => h('th', { scope: 'col' }, text)),
      ),
    ),
    h(
      'tbody',
      {},
      figures.map(({ name, title, read, print, isMoreBetter }) => {
        const [mine, theirs] = [read(score), read(shipped)]
        const moved = mine === undefined || theirs === undefined ? undefined : mine - theirs
        const isBetter = moved !== undefined && moved > 0 === (isMoreBetter === true)
        return h(
          'tr',
          { 'data-figure': name, 'data-value': mine === undefined ? '' : String(mine) },
          h('th', { scope: 'row' }, title),
          h('td', {}, mine === undefined ? 'nothing to measure' : print(mine)),
          h('td', {}, theirs === undefined ? 'nothing to measure' : print(theirs)),
          moved === undefined || moved === 0
            ? h('td', {}, moved === undefined ? '' : 'the same')
            : h(
                'td',
                { class: isBetter ? 'better' : 'worse' },
                `${moved > 0 ? '+' : '−'}${print(Math.abs(moved))}, ${isBetter ? 'better' : 'worse'}`,
              ),
        )
      }),
    ),
  )
}

function spans({ verdict }: Played, state: State, onIncident: (incident: string) => void): HTMLElement {
  const button = (id: string, text: string) =>
    h(
      'button',
      { type: 'button', 'aria-pressed': String(state.incident === id), onclick: () => onIncident(id) },
      text,
    )
  return h(
    'div',
    { class: 'spans', role: 'group', 'aria-label': 'Time shown' },
    button('', 'Whole month'),
    verdict.incidents.map(({ id }) => button(id, id)),
  )
}

function happenings({ verdict: { incidents, notifications } }: Played): HTMLElement[] {
  const told = incidents.map(({ id, wanted, start, detection, nearMiss }) =>
    h(
      'li',
      { class: detection === undefined ? 'worse' : '' },
      `${moment(start)}: ${id} wanted a ${wanted}, `,
      detection === undefined
        ? `and nobody was told${nearMiss ? '; a condition held, but not for long enough' : ''}`
        : `and it came after ${roundedDuration(detection)}`,
    ),
  )
  const falseOnes = notifications
    .filter(({ incident }) => incident === undefined)
    .map(({ severity, from, to }) =>
      h(
        'li',
        { class: 'worse' },
        `${moment(from)}: a ${severity} about nothing, ${to === undefined ? 'to the end' : `for ${roundedDuration(to - from)}`}`,
      ),
    )
  const all = [...told, ...falseOnes]
  return all.length > 0 ? all : [h('li', {}, 'Nothing happened, and nothing fired.')]
}

function legend(): HTMLElement {
  const mark = (name: string) => h('b', { class: name })
  return h(
    'p',
    { class: 'legend note' },
    mark('incident'),
    'an incident that somebody should hear of',
    mark('missed'),
    'one that nobody was told of',
    mark('page'),
    'a page',
    mark('ticket'),
    'a ticket',
    mark('false'),
    'about nothing',
  )
}

function taking(title: string, name: string, text: string): HTMLElement {
  const said = h('span', { role: 'status' })
  const copy = () =>
    navigator.clipboard.writeText(text).then(
      () => said.replaceChildren('copied'),
      () => said.replaceChildren('the browser refused; select and copy it'),
    )
  return h(
    'details',
    { 'data-text': name },
    h('summary', {}, title),
    h('p', {}, h('button', { type: 'button', class: 'copy', onclick: copy }, 'Copy'), ' ', said),
    h('pre', { tabindex: 0 }, text),
  )
}
