/** The page in a real browser, over a lab with its shop: every dashboard opens, draws and logs no error. */
import { type Browser, chromium, type Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboardUids } from '../../contract/links.ts'
import { definitions } from '../../dashboards/outputs.ts'
import { startPageLab } from '../support/page-lab.ts'
import { findProgram, titled, use, whyMissing } from '../support/programs.ts'

const found = findProgram(['chromium', 'chromium-browser', 'google-chrome'], 'the package chromium')
const reason = whyMissing(found)

describe.skipIf(reason !== undefined)(titled('the page', reason), () => {
  let browser: Browser
  let page: Page
  let lab: Awaited<ReturnType<typeof startPageLab>>
  const errors: string[] = []

  beforeAll(async () => {
    lab = await startPageLab()
    browser = await chromium.launch({
      executablePath: use(found).program,
      args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
    })
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } })
    page.on('pageerror', error => errors.push(String(error)))
    page.on('console', message => message.type() === 'error' && errors.push(message.text()))
  })

  afterAll(async () => {
    await browser?.close()
    await lab?.stop()
  })

  const open = async (path: string) => {
    errors.length = 0
    await page.goto(`${lab.url}${path}`)
    await page.locator('h1').waitFor()
  }

  test.each(definitions)('$uid draws each of its panels, or says that it is empty', async ({ uid, rows }) => {
    await open(`/d/${uid}?from=now-5m&to=now&refresh=`)
    await page.locator('[data-panel]').first().waitFor()
    const panels = await page.locator('[data-panel]').all()
    expect(panels).toHaveLength(rows.flatMap(row => row.panels).length)
    for (const panel of panels) {
      await panel.scrollIntoViewIfNeeded()
      await expect.poll(() => panel.getAttribute('data-state')).toMatch(/^(drawn|empty)$/)
    }
    expect(errors).toEqual([])
  })

  test('the overview shows the traffic of this run, and names with links to runbooks', async () => {
    await open('/')
    expect(new URL(page.url()).pathname).toBe(`/d/${dashboardUids.overview}`)
    const traffic = page.locator('[aria-label="Traffic"]')
    await expect.poll(() => traffic.locator('.legend').textContent()).toContain('shop')
    expect(await traffic.locator('canvas').count()).toBe(1)
  })

  test('a dot on the latency panel leads to the trace of its request and to the lines logged for it', async () => {
    await open(`/d/${dashboardUids.red}?from=now-5m&to=now&refresh=`)
    const dot = page.locator('[aria-label="Latency percentiles"] .exemplar').last()
    await dot.waitFor({ state: 'attached' })
    const trace = new URL((await dot.getAttribute('href'))!, lab.url).searchParams.get('var-trace')
    await dot.dispatchEvent('click')
    await page.locator('[data-type="traces"]').scrollIntoViewIfNeeded()
    await expect.poll(() => page.locator('[data-type="traces"] .span').count()).toBeGreaterThan(0)
    const lines = page.locator('[aria-label="Log lines of the trace"][data-panel]')
    await lines.scrollIntoViewIfNeeded()
    await lines.locator('summary').first().click()
    await expect.poll(() => lines.locator('.fields a').first().textContent()).toBe(trace)
    expect(errors).toEqual([])
  })

  test('a fault started by click runs, and stops by click', async () => {
    await open('/faults')
    const card = page.locator('[data-fault]').first()
    await card.locator('button[type=submit]').click()
    await expect.poll(() => card.locator('.state').textContent()).toContain('Running on')
    await card.locator('button:has-text("Stop")').click()
    await expect.poll(() => card.locator('.state').textContent()).not.toContain('Running on')
    expect(errors).toEqual([])
  })

  test('the alerts page lists rules by state, each with its runbook', async () => {
    await open('/alerts')
    await page.locator('details.rule').first().waitFor()
    expect(await page.locator('details.rule').count()).toBeGreaterThan(20)
    const runbook = await page.locator('details.rule a').first().getAttribute('href')
    expect((await fetch(`${lab.url}${runbook}`)).status).toBe(200)
  })

  test('the first view is at most 300 kB of script, 100 kB packed, under a strict policy', async () => {
    const scripts: number[] = []
    const packed: number[] = []
    const fresh = await browser.newPage()
    fresh.on('response', async response => {
      if (!response.url().endsWith('.js')) return
      packed.push(Number(response.headers()['content-length']))
      scripts.push((await response.body()).length)
    })
    const first = await fresh.goto(lab.url)
    await fresh.locator('[data-state="drawn"]').first().waitFor()
    const sum = (sizes: number[]) => sizes.reduce((a, b) => a + b, 0)
    expect(scripts.length).toBeGreaterThan(1)
    expect(sum(scripts)).toBeLessThan(300_000)
    expect(sum(packed)).toBeLessThan(100_000)
    const policy = first!.headers()['content-security-policy']!
    expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'")
    expect(policy).not.toMatch(/unsafe|\*/)
    await fresh.close()
  })
})
