/** The page in a real browser: followed by clicks and by keys alone, in both themes, and at a phone's width. */
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboardUids } from '../../contract/links.ts'
import { noBrowser, picture, seriousFindings, startBrowser, type Tab } from '../support/browser.ts'
import { titled } from '../support/programs.ts'
import { getJson, type RunningLab, startLab, untilMeasured } from '../support/running-lab.ts'

const pages = {
  overview: `/d/${dashboardUids.overview}`,
  red: `/d/${dashboardUids.red}`,
  investigate: `/d/${dashboardUids.investigate}`,
  alerts: '/alerts',
  faults: '/faults',
  explore: '/explore',
  tuning: '/tuning',
}

describe.skipIf(noBrowser !== undefined)(titled('the page', noBrowser), () => {
  let lab: RunningLab
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab

  beforeAll(async () => {
    lab = await startLab(['--rate=20'])
    chromium = await startBrowser()
    desk = await chromium.tab(lab.url)
    await untilMeasured(lab, 'sum(rate(http_server_request_duration_seconds_count{job="shop"}[20s])) > 0')
  })
  afterAll(async () => {
    await chromium?.browser.close()
    await lab?.stop()
  })

  const drawn = async (page: Page) => {
    await expect
      .poll(() => page.locator('[data-panel][data-state="drawn"]').count(), { timeout: 30_000 })
      .toBeGreaterThan(0)
  }

  describe.each(['dark', 'light'])('%s', theme => {
    test.each(Object.entries(pages))('%s keeps nobody out', async (name, path) => {
      await desk.open(`${path}?theme=${theme}`)
      if (path.startsWith('/d/')) await drawn(desk.page)
      await picture(desk.page, `${name}-${theme}`)
      expect(await seriousFindings(desk.page)).toEqual([])
      expect(desk.errors).toEqual([])
    })
  })

  test.each(Object.entries(pages))('%s fits a phone', async (name, path) => {
    const phone = await chromium.tab(lab.url, { viewport: { width: 360, height: 740 }, hasTouch: true })
    await phone.open(path)
    if (path.startsWith('/d/')) await drawn(phone.page)
    await picture(phone.page, `${name}-phone`)
    const [wide, room] = await phone.page.evaluate<[number, number]>(
      '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
    )
    expect(wide).toBeLessThanOrEqual(room)
    expect(await seriousFindings(phone.page)).toEqual([])
    await phone.page.context().close()
  })

  test('from the dot of a request to its trace, to its log lines, and back to the metrics of that time', async () => {
    const { page } = desk
    await desk.open(`/d/${dashboardUids.red}?from=now-5m&to=now&refresh=5s`)
    const dots = page.locator('a.exemplar')
    await expect.poll(() => dots.count(), { timeout: 60_000 }).toBeGreaterThan(0)
    const href = (await dots.last().getAttribute('href'))!
    const trace = new URL(href, lab.url).searchParams.get('var-trace')!
    await dots.last().click()
    await page.waitForURL(url => url.pathname === `/d/${dashboardUids.investigate}`)
    await expect
      .poll(() => page.locator('[aria-label="Trace"] .span').count(), { timeout: 30_000 })
      .toBeGreaterThan(0)
    const lines = page.locator('[aria-label="Log lines of the trace"] details.log')
    await lines.first().scrollIntoViewIfNeeded()
    await lines.first().locator('summary').click()
    await expect.poll(() => lines.first().textContent()).toContain(trace)
    await picture(page, 'trace')
    await page.locator('.controls a', { hasText: 'RED' }).click()
    await page.waitForURL(url => url.pathname === `/d/${dashboardUids.red}`)
    const asked = new URL(href, lab.url).searchParams
    const shown = new URL(page.url()).searchParams
    expect([shown.get('from'), shown.get('to')]).toEqual([asked.get('from'), asked.get('to')])
    await drawn(page)
    expect(desk.errors).toEqual([])
  })

  test('a run that is pinned by clicks is drawn under the present, with the difference', async () => {
    const { page } = desk
    await desk.open(`/d/${dashboardUids.red}?from=now-2m&to=now&refresh=5s`)
    await page.locator('button', { hasText: 'Compare' }).click()
    await page.locator('.pin [name="run"]').fill('before the fix')
    await page.locator('.pin button[type="submit"]').click()
    await page.locator('button', { hasText: 'Compare' }).click()
    await page.locator('.run [role="menuitemradio"]', { hasText: 'before the fix' }).click()
    await page.locator('button', { hasText: 'Compared with before the fix' }).waitFor()
    const run = new URL(page.url()).searchParams.get('compare')
    expect(await getJson(`${lab.url}/lab/api/runs`)).toMatchObject({
      runs: [{ id: run, name: 'before the fix' }],
    })
    const undifferent = () =>
      page.locator('[data-type="timeseries"][data-state="drawn"]').evaluateAll(all =>
        all
          .filter(each => each.querySelector('.legend .series') !== null)
          .filter(
            each => !/%|new|gone|from 0|×/.test(each.querySelector('.legend .change')?.textContent ?? ''),
          )
          .map(each => each.ariaLabel),
      )
    await expect.poll(undifferent, { timeout: 20_000 }).toEqual([])
    await picture(page, 'compared')
    // The address alone shows the same.
    const other = await chromium.tab(lab.url)
    await other.open(new URL(page.url()).pathname + new URL(page.url()).search)
    await other.page.locator('.legend .change').first().waitFor()
    await other.page.context().close()
    await page.locator('button', { hasText: 'Compared with' }).click()
    await page.locator('button[aria-label="Unpin before the fix"]').click()
    await page.locator('button', { hasText: /^Compare$/ }).waitFor()
    expect(await getJson(`${lab.url}/lab/api/runs`)).toEqual({ runs: [] })
    await desk.open(`/d/${dashboardUids.red}?compare=nothing-of-that-name`)
    await page.locator('.problems', { hasText: 'Nothing to compare with' }).waitFor()
    expect(desk.errors).toEqual([])
  }, 120_000)

  test('keys alone lead to a rule and its runbook', async () => {
    const { page } = desk
    const focused = () => page.evaluate<string>('document.activeElement.textContent')
    const tabTo = async (isThere: () => Promise<boolean>) => {
      for (let left = 80; left > 0; left--) {
        await page.keyboard.press('Tab')
        if (await isThere()) return
      }
      throw new Error(`Cannot get there by Tab: the last stop was ${await focused()}`)
    }
    await desk.open('/explore')
    await page.evaluate('document.activeElement.blur()')
    await page.keyboard.press('g')
    await page.keyboard.press('a')
    await page.locator('h1', { hasText: 'Alerts' }).waitFor()
    await tabTo(async () => (await focused()) === 'To the contents')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await tabTo(() => page.evaluate<boolean>('document.activeElement.matches("details.rule > summary")'))
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.parentElement.open')).toBe(true)
    // The list is drawn anew every few seconds, but not under the reader's hands.
    await page.waitForTimeout(6000)
    await page.keyboard.press('Tab')
    expect(await focused()).toBe('Runbook')
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')
    expect(outline).not.toBe('none')
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/runbooks\//)
    expect(await page.locator('h1').textContent()).not.toBe('')
  })

  test('a fault that is started by a click fires its alert on the page, and its end ends it', async () => {
    const { page } = desk
    await desk.open('/faults')
    const card = page.locator('[data-fault="error-ratio"]')
    await card.locator('[name="duration"]').fill('240')
    await card.locator('button', { hasText: 'Start' }).click()
    const state = () => card.locator('.state').textContent()
    await expect.poll(state).toContain('Running on')
    await expect.poll(state, { timeout: 150_000 }).toContain('ShopAvailabilityBurn fires')
    await desk.open('/alerts')
    const firing = page.locator('section', { has: page.locator('h2', { hasText: 'Firing' }) })
    await expect.poll(() => firing.textContent()).toContain('ShopAvailabilityBurn')
    await picture(page, 'alerts-firing')
    await desk.open('/faults')
    await card.locator('button', { hasText: 'Stop' }).click()
    await expect.poll(state).not.toContain('Running on')
    await desk.open('/alerts')
    await expect.poll(() => firing.textContent(), { timeout: 400_000 }).not.toContain('ShopAvailabilityBurn')
    expect(desk.errors).toEqual([])
  }, 600_000)
})
