/** Every page says a strict policy and keeps to it; what people and services send never runs in it. */
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, startBrowser, type Tab } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import {
  hostileDashboard,
  hostileRules,
  hostileTelemetry,
  link,
  markup,
  traceId,
} from '../support/hostile.ts'
import { titled } from '../support/programs.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-policy-'))
let lab: RunningLab

const send = (url: string, body: object) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })

beforeAll(async () => {
  for (const name of ['rules', 'dashboards']) mkdirSync(join(folder, name))
  writeFileSync(join(folder, 'rules', 'hostile.yaml'), JSON.stringify(hostileRules))
  writeFileSync(join(folder, 'dashboards', 'hostile.json'), JSON.stringify(hostileDashboard('hostile')))
  lab = await startLab([
    '--no-shop',
    `--rules=${join(folder, 'rules')}`,
    `--dashboards=${join(folder, 'dashboards')}`,
  ])
  for (const [path, body] of Object.entries(hostileTelemetry()))
    expect([path, (await send(`${lab.otlp}${path}`, body)).status]).toEqual([path, 200])
  const hour = { from: Date.now() - 3_600_000, to: Date.now() }
  expect((await send(`${lab.url}/lab/api/runs`, { name: markup.slice(0, 60), ...hour })).status).toBe(201)
  const silence = {
    matchers: [{ name: 'note', value: 'other', isRegex: false, isEqual: true }],
    ...{ startsAt: new Date(hour.from).toISOString(), endsAt: new Date(hour.to + 3_600_000).toISOString() },
    ...{ createdBy: markup, comment: markup },
  }
  expect((await send(`${lab.url}/api/v2/silences`, silence)).status).toBe(200)
  await eventually(async () => expect(await getJson(`${lab.url}/notifications.json`)).not.toEqual([]), 30_000)
}, 120_000)
afterAll(async () => {
  await lab?.stop()
  rmSync(folder, { recursive: true })
})

const exploring = (source: string, query: object) =>
  `/explore?${new URLSearchParams({ schemaVersion: '1', panes: JSON.stringify({ a: { datasource: source, queries: [{ refId: 'A', datasource: { type: source }, ...query }], range: { from: 'now-1h', to: 'now' } } }) })}`

/** One of each family of paths. */
const pages: Record<string, string> = {
  'the start': '/',
  'a dashboard': '/d/hostile',
  'a dashboard with its name': `/d/hostile/${encodeURIComponent(markup.replaceAll(/[^\w.%-]/g, ''))}?var-note=${encodeURIComponent(markup)}`,
  'one panel': '/d/hostile?viewPanel=1',
  'a dashboard that is not there': '/d/nothing',
  Explore: '/explore',
  'Explore with metrics': exploring('prometheus', { expr: 'last_over_time(hostile[1h])' }),
  'Explore with lines': exploring('loki', { expr: '{service_name=~".+"}' }),
  'Explore with a trace': exploring('tempo', { query: traceId }),
  'Explore with what is no query': exploring('prometheus', { expr: markup }),
  'the alerts': '/alerts',
  "the alerts at Grafana's address": '/alerting/list',
  'the faults': '/faults',
  'the runbooks': '/runbooks',
  'a runbook': '/runbooks/Watchdog',
  'who was told': '/notifications',
  'the tuning': '/tuning',
}

const notFound = '/page/nothing.js'

describe.each(Object.entries({ ...pages, 'a file that is not there': notFound }))('%s', (_, path) => {
  let html = ''
  let policies: string[] = []
  beforeAll(async () => {
    const answer = await fetch(`${lab.url}${path}`, { headers: { accept: 'text/html' } })
    expect(answer.status).toBe(path === notFound ? 404 : 200)
    expect(answer.headers.get('content-type')).toMatch(/^text\/html/)
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    html = await answer.text()
    const inPage = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(html)?.[1]
    policies = [answer.headers.get('content-security-policy'), inPage].filter(each => each != null)
  })

  test('lets in nothing but its own', () => {
    // A browser keeps to all of them, so what one forbids is forbidden.
    const directives = policies.flatMap(directivesOf)
    const allowed = (name: string) =>
      directives.filter(([directive]) => directive === name).map(([, ...sources]) => sources)
    expect(allowed('default-src')).toContainEqual(["'none'"])
    expect(allowed('base-uri')).toContainEqual(["'none'"])
    expect(allowed('form-action')).toContainEqual(["'none'"])
    expect(allowed('frame-ancestors')).toContainEqual(["'none'"])
    const strict = /^('none'|'self'|data:|blob:|'sha256-[\w+/=]+')$/
    for (const [name, ...sources] of directives)
      for (const source of sources) expect([name, source]).toEqual([name, expect.stringMatching(strict)])
    for (const sources of [...allowed('script-src'), ...allowed('style-src')])
      for (const source of sources) expect(source).toMatch(/^('self'|'sha256-[\w+/=]+')$/)
  })

  test('has nothing inline that its policy does not name by hash', () => {
    const named = policies.join(' ')
    const inline = [...html.matchAll(/<(script|style)(\s[^>]*)?>([\s\S]*?)<\/\1>/g)].filter(
      ([, , attributes = '', text]) => !/\ssrc=/.test(attributes) && text !== '',
    )
    for (const [, , , text = ''] of inline)
      expect(named).toContain(`'sha256-${createHash('sha256').update(text).digest('base64')}'`)
    const rest = html.replaceAll(/<(script|style)(\s[^>]*)?>[\s\S]*?<\/\1>/g, '')
    expect(rest).not.toMatch(/<[^>]*\s(on\w+|style)\s*=/)
    expect(rest).not.toMatch(/(href|src)\s*=\s*["']?\s*javascript:/i)
  })
})

const directivesOf = (policy: string) => policy.split(';').map(each => each.trim().split(/\s+/))

describe.skipIf(noBrowser !== undefined)(titled('in a browser', noBrowser), () => {
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab
  beforeAll(async () => {
    chromium = await startBrowser()
    desk = await chromium.tab(lab.url, { viewport: { width: 1600, height: 3000 } })
  })
  afterAll(() => chromium?.browser.close())

  const ran = () => desk.page.evaluate('globalThis.__ran')
  /** What of the hostile texts became elements instead of text. */
  const grown = () =>
    desk.page.evaluate<string[]>(
      `[...document.querySelectorAll('[onerror], img[src="x"], [href^="javascript:" i]')].map(each => each.outerHTML)`,
    )

  test.each(Object.entries(pages))(
    '%s runs none of it',
    async (_, path) => {
      await desk.open(path)
      const { page } = desk
      if (path.startsWith('/d/hostile') || path.includes('panes='))
        await expect
          .poll(() => page.locator('[data-panel]:not([data-state="loading"])').count(), { timeout: 45_000 })
          .toBeGreaterThan(0)
      // What a hostile line, span or row holds is often folded.
      for (const each of await page.locator('main details > summary').all())
        await each.click().catch(() => {})
      await page.waitForTimeout(500)
      expect(await grown()).toEqual([])
      expect(await ran()).toBe(undefined)
      expect(desk.errors.filter(error => !/404|422|400|409/.test(error))).toEqual([])
    },
    60_000,
  )

  test('every hostile text is there to be read', async () => {
    await desk.open('/d/hostile')
    const text = () => desk.page.evaluate<string>('document.body.innerText')
    for (const part of [`Title ${markup}`, `Panel 0 ${markup}`, `order ${markup}`, `GET ${markup}`])
      await expect.poll(text, { timeout: 45_000 }).toContain(part)
    await picture(desk.page, 'hostile')
    await desk.open('/alerts')
    await expect.poll(text).toContain(markup)
    await desk.open('/notifications')
    expect(await text()).toContain(markup)
  }, 150_000)

  test('where a text did become markup, the policy would still keep it from running', async () => {
    await desk.open('/explore')
    const insert = `document.querySelector('main').innerHTML = ${JSON.stringify(markup)}`
    await desk.page.evaluate(insert)
    expect(await grown()).not.toEqual([])
    await expect.poll(() => desk.errors.join('\n')).toMatch(/Content Security Policy/)
    expect(await ran()).toBe(undefined)
    await desk.page.evaluate(
      `const a = document.createElement('a'); a.href = ${JSON.stringify(link)}; document.body.append(a); a.click()`,
    )
    await desk.page.waitForTimeout(200)
    expect(await ran()).toBe(undefined)
    // A page without a policy shows that the texts do run where they can.
    await desk.page.goto('about:blank')
    await desk.page.setContent(`<main></main>`)
    await desk.page.evaluate(insert)
    await expect.poll(ran).toBe('img')
  })
})
