/** Where a query is written: what may come next is offered, and what the grammar does not take is shown by place. */
import { matching, type Place, placeAt, type Source } from '../model/completion.ts'
import { type Option, optionsAt } from './completion-options.ts'
import { h } from './dom.ts'
import { grammarError } from './grammar.ts'

interface QueryEditor {
  element: HTMLElement
  input: HTMLTextAreaElement
  /** Another language was chosen. */
  checkAgain(): void
}

const mostShown = 50
const checkAfter = 250

export function queryEditor(text: string, source: () => Source, run: () => void): QueryEditor {
  const list = h('ul', {
    id: 'completions',
    class: 'completions',
    role: 'listbox',
    'aria-label': 'What may come next',
    hidden: true,
  })
  const problem = h('pre', { class: 'grammar', role: 'status' })
  const input = h('textarea', {
    rows: 3,
    'aria-label': 'Query',
    'aria-autocomplete': 'list',
    'aria-controls': 'completions',
    'aria-describedby': 'completion-keys',
    spellcheck: 'false',
    autocomplete: 'off',
  })
  input.value = text
  let place: Place | undefined
  let options: Option[] = []
  let chosen = 0
  let asked = 0
  let checking: ReturnType<typeof setTimeout> | undefined

  async function offer(): Promise<void> {
    const mine = ++asked
    const found = placeAt(source(), input.value, input.selectionStart)
    if (found === undefined || input.selectionStart !== input.selectionEnd) return close()
    // Without an answer nothing is offered; the query can be written all the same.
    const all = await optionsAt(source(), found).catch(() => [])
    if (mine !== asked) return
    place = found
    options = matching(all, found.prefix, mostShown)
    chosen = 0
    draw()
  }

  function draw(): void {
    list.hidden = options.length === 0
    list.replaceChildren(...options.map((option, index) => itemOf(option, index)))
    const id = options.length === 0 ? undefined : `completion-${chosen}`
    if (id === undefined) input.removeAttribute('aria-activedescendant')
    else input.setAttribute('aria-activedescendant', id)
    if (!list.hidden) moveTo()
    list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' })
  }

  function itemOf(option: Option, index: number): HTMLElement {
    return h(
      'li',
      {
        id: `completion-${index}`,
        role: 'option',
        'aria-selected': String(index === chosen),
        onpointerdown: (event: Event) => {
          // The query keeps the focus.
          event.preventDefault()
          accept(option)
        },
      },
      h('span', {}, option.text),
      h('span', { class: 'what' }, option.about),
    )
  }

  /** Below the word that is written. */
  function moveTo(): void {
    const { left, top } = placeOf(input, place?.from ?? 0)
    list.style.left = `${Math.max(0, Math.min(left, input.offsetWidth - list.offsetWidth))}px`
    list.style.top = `${top}px`
  }

  function accept({ text, inserted = text, goesOn }: Option): void {
    if (place === undefined) return
    const { value, selectionStart } = input
    // What closes already is not closed twice.
    const rest = value.slice(selectionStart)
    const end = inserted.endsWith('"') && rest.startsWith('"') ? selectionStart + 1 : selectionStart
    input.setRangeText(inserted, place.from, end, 'end')
    close()
    check()
    if (goesOn) void offer()
  }

  function close(): void {
    asked++
    options = []
    draw()
  }

  function check(): void {
    clearTimeout(checking)
    checking = setTimeout(async () => {
      const query = input.value
      const found = await grammarError(source(), query)
      if (query === input.value) problem.textContent = found ?? ''
    }, checkAfter)
  }

  function onKey(event: KeyboardEvent): void {
    const isOpen = options.length > 0
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (event.key === ' ' && event.ctrlKey) void offer()
    else if (event.key === 'Enter' && (event.ctrlKey || event.metaKey || event.shiftKey)) {
      close()
      run()
    } else if (isOpen && step !== undefined) {
      chosen = (chosen + step + options.length) % options.length
      draw()
    } else if (isOpen && (event.key === 'Enter' || event.key === 'Tab')) accept(options[chosen]!)
    else if (isOpen && event.key === 'Escape') close()
    else return
    event.preventDefault()
    event.stopPropagation()
  }

  input.addEventListener('keydown', onKey)
  input.addEventListener('input', () => {
    check()
    void offer()
  })
  input.addEventListener('blur', close)
  check()
  const keys = h(
    'p',
    { id: 'completion-keys', class: 'note keys' },
    'Ctrl+Space offers what may come next, Shift+Enter runs.',
  )
  return { element: h('div', { class: 'query' }, input, list, problem, keys), input, checkAgain: check }
}

/** Where a character of a text field is drawn, below its line: measured by the same text in a box of the same form. */
function placeOf(field: HTMLTextAreaElement, at: number): { left: number; top: number } {
  const style = getComputedStyle(field)
  const marker = h('span', {}, '\u200b')
  const mirror = h('div', { class: 'mirror', 'aria-hidden': 'true' }, field.value.slice(0, at), marker)
  for (const name of ['font', 'padding', 'border', 'letter-spacing', 'line-height', 'tab-size'])
    mirror.style.setProperty(name, style.getPropertyValue(name))
  mirror.style.width = `${field.offsetWidth}px`
  field.parentElement!.append(mirror)
  const { offsetLeft: left, offsetTop: top, offsetHeight } = marker
  mirror.remove()
  return { left, top: top + offsetHeight - field.scrollTop }
}
