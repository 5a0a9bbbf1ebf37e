/** The page: its frame around the view that the address names. */
import 'uplot/dist/uPlot.min.css'
import './style/theme.css'
import './style/pages.css'
import './style/view.css'
import './style/panels.css'
import './style/charts.css'
import './style/numbers.css'
import './style/contents.css'
import './style/work.css'
import './style/explore.css'
import './style/phone.css'
import { followLinks, parameters } from './address.ts'
import { getDashboard, getJson, type ListedDashboard, listDashboards } from './api.ts'
import { h, icon } from './dom.ts'
import { watchDashboards } from './live-dashboards.ts'
import { hide } from './panels/tooltip.ts'
import type { View } from './view.ts'

interface Status {
  /** Seconds. */
  scrapeInterval?: number
  limits?: string
}

const usualScrapeInterval = 5

let view: View | undefined
let shown = 0
let status: Status = {}

const main = h('main', { id: 'main', tabindex: -1 })
const nav = h('nav', { id: 'nav', 'aria-label': 'Pages' })

async function show(): Promise<void> {
  const mine = ++shown
  hide()
  news.replaceChildren()
  view?.stop()
  view = undefined
  document.body.classList.remove('with-nav')
  const { pathname } = location
  for (const anchor of nav.querySelectorAll('a')) {
    if (anchor.pathname === pathname) anchor.setAttribute('aria-current', 'page')
    else anchor.removeAttribute('aria-current')
  }
  // The view draws into a place of its own: when another one was chosen meanwhile, it is never shown.
  const place = h('div', { class: 'view' })
  main.replaceChildren(news, place)
  try {
    const next = await open(pathname, place)
    if (mine !== shown) return next?.stop()
    view = next
    if (location.hash === '#trace') place.querySelector('[data-type="traces"]')?.scrollIntoView()
  } catch (error) {
    if (mine !== shown) return
    place.replaceChildren(
      h('div', { class: 'head' }, h('h1', {}, 'Cannot be shown')),
      h('p', { class: 'said error', role: 'alert' }, error instanceof Error ? error.message : String(error)),
    )
  }
}

async function open(path: string, place: HTMLElement): Promise<View | undefined> {
  const scrapeInterval = (status.scrapeInterval ?? usualScrapeInterval) * 1000
  const uid = /^\/d\/([^/]+)/.exec(path)?.[1]
  if (uid !== undefined)
    return (await import('./dashboard-view.ts')).dashboardView(decodeURIComponent(uid), place, scrapeInterval)
  if (path === '/') {
    const first = dashboards.find(({ uid }) => uid.endsWith('overview')) ?? dashboards[0]
    if (first === undefined) throw new Error('There is no dashboard to show')
    history.replaceState(null, '', `/d/${first.uid}${location.search}`)
    return show().then(() => undefined)
  }
  if (path.startsWith('/alert')) return (await import('./alerts-view.ts')).alertsView(place)
  if (path.startsWith('/faults')) return (await import('./faults-view.ts')).faultsView(place)
  if (path.startsWith('/explore'))
    return (await import('./explore-view.ts')).exploreView(place, scrapeInterval)
  throw new Error(`There is no page ${path}`)
}

let dashboards: readonly ListedDashboard[] = []

const news = h('div', { class: 'problems', role: 'status' })

/** While the file of the one that is shown is wrong, it stays as it was. */
async function dashboardsChanged(): Promise<void> {
  dashboards = await listDashboards()
  drawNav()
  const uid = /^\/d\/([^/]+)/.exec(location.pathname)?.[1]
  if (uid === undefined) return
  try {
    await getDashboard(decodeURIComponent(uid))
  } catch (error) {
    const message = `${error instanceof Error ? error.message : error}; what is shown is the one before`
    return news.replaceChildren(h('p', {}, message))
  }
  // As high as it was while it is drawn anew, so that the reader stays at the same place.
  const top = scrollY
  main.style.minHeight = `${main.offsetHeight}px`
  await show()
  scrollTo(0, top)
  main.style.minHeight = ''
}

function drawNav(): void {
  const entry = (href: string, name: string, picture: string, title?: string) =>
    h('li', {}, h('a', { href, ...(title && { title }) }, icon(picture), name))
  nav.replaceChildren(
    h('a', { class: 'brand', href: '/' }, h('span', { class: 'logo', 'aria-hidden': 'true' }), 'Sightline'),
    h('h2', {}, 'Dashboards'),
    h(
      'ul',
      {},
      ...dashboards.map(({ uid, title, description }) => entry(`/d/${uid}`, title, 'dashboard', description)),
    ),
    h('h2', {}, 'Work'),
    h(
      'ul',
      {},
      entry('/alerts', 'Alerts', 'alert'),
      entry('/faults', 'Faults', 'fault'),
      entry('/explore', 'Explore', 'explore'),
      entry('/tuning', 'Alert tuning', 'tuning'),
      entry('/runbooks', 'Runbooks', 'book'),
    ),
    h('button', { type: 'button', class: 'theme', onclick: toggleTheme }, icon('theme'), 'Dark or light'),
    ...(status.limits ? [h('p', { class: 'limits' }, status.limits)] : []),
  )
}

/** The list at the side keeps the time that is shown when it leads to another dashboard. */
nav.addEventListener('click', event => {
  const anchor = (event.target as Element).closest<HTMLAnchorElement>('a[href^="/d/"]')
  if (anchor === null) return
  const query = parameters()
  const kept = new URLSearchParams(
    [...query].filter(([name]) => ['from', 'to', 'refresh', 'compare'].includes(name)),
  )
  anchor.search = kept.size === 0 ? '' : `?${kept}`
})

function toggleTheme(): void {
  const next = document.documentElement.dataset.theme === 'light' ? 'dark' : 'light'
  document.documentElement.dataset.theme = next
  localStorage.setItem('theme', next)
  view?.redraw()
}

function setTheme(): void {
  const asked = parameters().get('theme') ?? localStorage.getItem('theme')
  const usual = matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'
  document.documentElement.dataset.theme = asked === 'light' || asked === 'dark' ? asked : usual
}

/** `g` and then a letter goes to a page, as in Grafana; `?` is left to the browser. */
function keys(): void {
  let before = ''
  document.addEventListener('keydown', event => {
    const isTyping = (event.target as Element).matches('input, textarea, select')
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey) return
    const pages: Record<string, string> = { h: '/', a: '/alerts', f: '/faults', e: '/explore' }
    const page = before === 'g' ? pages[event.key] : undefined
    before = event.key
    if (page !== undefined) nav.querySelector<HTMLElement>(`a[href="${page}"]`)?.click()
    if (event.key === 'Escape' && parameters().has('viewPanel'))
      document.querySelector<HTMLElement>('.head .back')?.click()
  })
}

async function begin(): Promise<void> {
  setTheme()
  const toggle = h(
    'button',
    {
      type: 'button',
      class: 'nav-toggle',
      'aria-label': 'Pages',
      onclick: () => document.body.classList.toggle('with-nav'),
    },
    icon('menu'),
  )
  document.body.replaceChildren(
    h('a', { class: 'skip', href: '#main' }, 'To the contents'),
    toggle,
    nav,
    main,
  )
  followLinks()
  keys()
  const [list, found] = await Promise.allSettled([
    listDashboards(),
    getJson<Status>('/lab/api/status'),
    watchDashboards(() => dashboardsChanged().catch(() => {})),
  ])
  if (list.status === 'fulfilled') dashboards = list.value
  if (found.status === 'fulfilled') status = found.value
  drawNav()
  addEventListener('view', () => show())
  await show()
}

begin()
