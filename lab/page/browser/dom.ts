/** Elements made by calls. Text only ever becomes text nodes, so whatever a label or a log line holds, it cannot run. */

type Child = Node | string | number | undefined | false
type Properties = Record<string, unknown> & { class?: string }

export function h<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  properties: Properties = {},
  ...children: readonly (Child | readonly Child[])[]
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag)
  setAll(element, properties)
  append(element, children)
  return element
}

export function svg(
  tag: string,
  properties: Properties = {},
  ...children: readonly (Child | readonly Child[])[]
): SVGElement {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag)
  setAll(element, properties)
  append(element, children)
  return element
}

/** `onclick` and the like are listeners; what is undefined or false is left out; `style` is an object. */
function setAll(element: Element & ElementCSSInlineStyle, properties: Properties): void {
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === false) continue
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value as EventListener)
    else if (name === 'style')
      for (const [key, each] of Object.entries(value as Record<string, string>))
        element.style.setProperty(key, each)
    else element.setAttribute(name, value === true ? '' : String(value))
  }
}

function append(element: Element, children: readonly (Child | readonly Child[])[]): void {
  for (const child of children.flat())
    if (child !== undefined && child !== false) element.append(typeof child === 'number' ? `${child}` : child)
}

const icons: Readonly<Record<string, string>> = {
  menu: 'M3 6h18M3 12h18M3 18h18',
  dashboard: 'M4 4h7v9H4zM13 4h7v5h-7zM13 11h7v9h-7zM4 15h7v5H4z',
  alert: 'M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4',
  fault: 'M13 2 5 14h6l-1 8 8-12h-6z',
  explore: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM15.5 8.5l-2 5-5 2 2-5z',
  tuning: 'M5 4v16M12 4v16M19 4v16M3 9h4M10 15h4M17 7h4',
  book: 'M5 4h11a3 3 0 0 1 3 3v13H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h11',
  clock: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3 2',
  refresh: 'M20 11a8 8 0 1 0-2 6M20 5v6h-6',
  theme: 'M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18',
  info: 'M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 11v6M12 7v1',
  dots: 'M12 5v.5M12 12v.5M12 19v.5',
  chevron: 'M6 9l6 6 6-6',
  link: 'M10 14 20 4M14 4h6v6M18 14v6H4V6h6',
  back: 'M15 5l-7 7 7 7',
  zoom: 'M10 4a6 6 0 1 0 0 12 6 6 0 0 0 0-12zM15 15l5 5M7 10h6',
}

/** A line drawing beside text that says the same, so a reader aloud passes over it. */
export function icon(name: string): SVGElement {
  return svg(
    'svg',
    { viewBox: '0 0 24 24', class: 'icon', 'aria-hidden': 'true' },
    svg('path', { d: icons[name] ?? '' }),
  )
}

/** A button that opens a list below itself; it closes on Escape, a choice, or a click elsewhere. */
export function menu(button: HTMLElement, content: () => HTMLElement): HTMLElement {
  const box = h('div', { class: 'menu' }, button)
  let open: HTMLElement | undefined
  const close = () => {
    open?.remove()
    open = undefined
    button.setAttribute('aria-expanded', 'false')
    document.removeEventListener('pointerdown', outside, true)
  }
  const outside = (event: Event) => {
    if (!box.contains(event.target as Node)) close()
  }
  button.setAttribute('aria-haspopup', 'true')
  button.setAttribute('aria-expanded', 'false')
  button.addEventListener('click', () => {
    if (open !== undefined) return close()
    open = content()
    open.classList.add('popup')
    open.addEventListener('close-menu', close)
    box.append(open)
    if (open.getBoundingClientRect().right > innerWidth - 4) open.classList.add('from-right')
    button.setAttribute('aria-expanded', 'true')
    document.addEventListener('pointerdown', outside, true)
    open.querySelector<HTMLElement>('input, a, button')?.focus()
  })
  box.addEventListener('keydown', event => {
    if (event.key === 'Escape' && open !== undefined) {
      event.stopPropagation()
      close()
      button.focus()
    }
  })
  return box
}

export const closeMenu = (from: EventTarget | null) =>
  (from as Element | null)?.dispatchEvent(new CustomEvent('close-menu', { bubbles: true }))
