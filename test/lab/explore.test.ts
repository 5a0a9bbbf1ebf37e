/** Explore in a real browser: what may come next, what the grammar says, and lines as they come in. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, seriousFindings, startBrowser, type Tab } from '../support/browser.ts'
import { eventually } from '../support/eventually.ts'
import { titled } from '../support/programs.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

describe.skipIf(noBrowser !== undefined)(titled('Explore', noBrowser), () => {
  let lab: RunningLab
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab

  const nanoseconds = () => `${Date.now()}000000`
  const send = async (path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${lab.otlp}${path}`, { method: 'POST', headers, body: JSON.stringify(body) })
    expect(answer.status).toBe(200)
  }
  const resource = (name: string) => ({ attributes: [{ key: 'service.name', value: { stringValue: name } }] })
  const sendLine = (name: string, text: string) =>
    send('/v1/logs', {
      resourceLogs: [
        {
          resource: resource(name),
          scopeLogs: [{ logRecords: [{ timeUnixNano: nanoseconds(), body: { stringValue: text } }] }],
        },
      ],
    })

  beforeAll(async () => {
    lab = await startLab(['--no-shop'])
    chromium = await startBrowser()
    desk = await chromium.tab(lab.url)
    await sendLine('basket', '{"kind":"order","total":12}')
    const span = {
      ...{
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        name: 'GET /basket',
        kind: 2,
      },
      ...{ startTimeUnixNano: nanoseconds(), endTimeUnixNano: nanoseconds() },
      attributes: [{ key: 'http.route', value: { stringValue: '/basket' } }],
    }
    await send('/v1/traces', {
      resourceSpans: [{ resource: resource('basket'), scopeSpans: [{ spans: [span] }] }],
    })
    await eventually(
      async () => expect((await getJson(`${lab.url}/api/v1/query?query=up`)).data.result).not.toEqual([]),
      30_000,
    )
  }, 120_000)
  afterAll(async () => {
    await chromium?.browser.close()
    await lab?.stop()
  })

  const query = () => desk.page.locator('textarea')
  const written = () => query().inputValue()
  const offered = () => desk.page.locator('.completions:not([hidden]) li > :first-child').allTextContents()
  const first = async () => (await offered())[0]
  const language = (name: string) => desk.page.locator('select[aria-label="Language"]').selectOption(name)
  const type = (text: string) => query().pressSequentially(text, { delay: 20 })
  const wait = { timeout: 45_000 }

  test('a query over metrics is written by choosing: function, metric, label, value', async () => {
    const { page } = desk
    await desk.open('/explore')
    await type('sum_over')
    await expect.poll(offered, wait).toEqual(['sum_over_time'])
    await page.keyboard.press('Tab')
    expect(await written()).toBe('sum_over_time(')
    await type('scrape_dur')
    await expect.poll(first, wait).toBe('scrape_duration_seconds')
    await page.keyboard.press('Enter')
    await type('{jo')
    await expect.poll(first, wait).toBe('job')
    await picture(page, 'completion')
    expect(await seriousFindings(page)).toEqual([])
    await page.keyboard.press('Enter')
    expect(await written()).toBe('sum_over_time(scrape_duration_seconds{job="')
    await expect.poll(offered, wait).toEqual(['lab'])
    await page.keyboard.press('Enter')
    await type('}[5')
    await expect.poll(offered, wait).toContain('5m')
    await page.keyboard.press('Escape')
    await expect.poll(offered).toEqual([])
    await type('m])')
    expect(await written()).toBe('sum_over_time(scrape_duration_seconds{job="lab"}[5m])')
    await page.keyboard.press('Shift+Enter')
    await expect.poll(() => page.locator('[data-panel="0"]').getAttribute('data-state'), wait).toBe('drawn')
    expect(desk.errors).toEqual([])
  }, 150_000)

  test('log labels and values, stages, and the attributes of spans are offered too', async () => {
    await desk.open('/explore')
    await language('loki')
    await type('{service_n')
    await expect.poll(first, wait).toBe('service_name')
    await desk.page.keyboard.press('Enter')
    await expect.poll(offered, wait).toEqual(['basket'])
    await desk.page.keyboard.press('Enter')
    await type('} | js')
    await expect.poll(first, wait).toBe('json')
    await query().fill('')
    await language('tempo')
    await type('{ http.ro')
    await expect.poll(first, wait).toBe('span.http.route')
    await desk.page.keyboard.press('Enter')
    expect(await written()).toBe('{ span.http.route = ')
    await expect.poll(offered, wait).toEqual(['/basket'])
    await desk.page.keyboard.press('Enter')
    await type(' && kind = ser')
    await expect.poll(first, wait).toBe('server')
    await desk.page.keyboard.press('Enter')
    expect(await written()).toBe('{ span.http.route = "/basket" && kind = server')
    expect(desk.errors).toEqual([])
  }, 150_000)

  test.each([
    ['prometheus', 'sum(rate(up[$__rate_interval]) by (job', 'Cannot parse the query at line 1'],
    ['prometheus', 'sum(nothing_known(up))', 'nothing_known'],
    ['loki', '{service_name="basket"} | jso', 'Cannot parse the query at line 1'],
    ['tempo', '{ name = }', 'Cannot parse the query at line 1'],
  ])(
    '%s: %s is wrong at a place that carets show, before it is run',
    async (source, text, expected) => {
      await desk.open('/explore')
      await language(source)
      await query().fill(text)
      const grammar = desk.page.locator('.grammar')
      await expect.poll(() => grammar.textContent(), wait).toContain(expected)
      const [, shown, carets] = (await grammar.textContent())!.split('\n')
      expect(shown).toBe(`  ${text}`)
      expect(carets).toMatch(/^ +\^+$/)
      await picture(desk.page, `grammar-${source}`)
      await query().fill('')
      await expect.poll(() => grammar.textContent(), wait).toBe('')
    },
    60_000,
  )

  test('built-in durations and right queries are no error', async () => {
    await desk.open('/explore')
    await query().fill('sum(rate(up[$__rate_interval])) / $__range_s')
    await desk.page.waitForTimeout(1500)
    expect(await desk.page.locator('.grammar').textContent()).toBe('')
  })

  test('lines come in live, wait while paused, and stop at a click', async () => {
    const { page } = desk
    await desk.open('/explore')
    await language('loki')
    await query().fill('{service_name="live"}')
    await page.locator('button', { hasText: /^Live$/ }).click()
    await page.waitForURL(/live=on/)
    const panel = page.locator('section.live')
    await expect.poll(() => panel.textContent(), wait).toContain('0 lines came')
    await sendLine('live', 'the first line')
    await expect.poll(() => panel.textContent(), wait).toContain('the first line')
    await panel.locator('button', { hasText: 'Pause' }).click()
    await sendLine('live', 'the second line')
    await expect.poll(() => panel.textContent(), wait).toContain('2 lines came; paused')
    expect(await panel.textContent()).not.toContain('the second line')
    await panel.locator('button', { hasText: 'Go on' }).click()
    await expect.poll(() => panel.textContent(), wait).toContain('the second line')
    await picture(page, 'live')
    await page.locator('button', { hasText: 'Stop live' }).click()
    await page.waitForURL(url => !url.search.includes('live=on'))
    await sendLine('live', 'the third line')
    expect(await page.locator('section.live').count()).toBe(0)
    expect(desk.errors).toEqual([])
  }, 150_000)

  test('what cannot be followed says why', async () => {
    const panes = JSON.stringify({
      a: {
        datasource: 'loki',
        queries: [{ refId: 'A', datasource: { type: 'loki' }, expr: 'rate({a="b"}[1m])' }],
      },
    })
    await desk.open(`/explore?${new URLSearchParams({ panes, live: 'on' })}`)
    await expect
      .poll(() => desk.page.locator('section.live').textContent(), wait)
      .toContain('The connection ended')
  }, 150_000)
})
