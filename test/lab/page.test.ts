/** The page in a real browser, over a lab with its shop: what somebody sees in the first minute, and what is safe. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { dashboardUids } from '../../contract/links.ts'
import { definitions } from '../../dashboards/outputs.ts'
import { noBrowser, picture, startBrowser, type Tab } from '../support/browser.ts'
import { titled } from '../support/programs.ts'
import { getJson, type RunningLab, startLab, untilMeasured } from '../support/running-lab.ts'

describe.skipIf(noBrowser !== undefined)(titled('the page', noBrowser), () => {
  let lab: RunningLab
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab

  beforeAll(async () => {
    lab = await startLab(['--rate=20'])
    chromium = await startBrowser()
    // As high as a dashboard is long: every panel is in view, so every panel asks.
    desk = await chromium.tab(lab.url, { viewport: { width: 1600, height: 3200 } })
    await untilMeasured(lab, 'sum(rate(http_server_request_duration_seconds_count{job="shop"}[20s])) > 0')
  })

  afterAll(async () => {
    await chromium?.browser.close()
    await lab?.stop()
  })

  const someTrace = async (): Promise<string> => {
    const { traces } = await getJson(
      `${lab.url}/api/search?q=${encodeURIComponent('{ kind = server }')}&limit=1`,
    )
    return traces[0].traceID
  }

  test.each(definitions)(
    '$uid draws every panel that is not quiet while all is well',
    async ({ uid, rows }) => {
      const panels = rows.flatMap(row => row.panels)
      // One panel shows the trace that is chosen, so one is.
      const trace = uid === dashboardUids.investigate ? `&var-trace=${await someTrace()}` : ''
      await desk.open(`/d/${uid}?from=${lab.startedAt}&to=now&refresh=5s${trace}`)
      const states = () =>
        desk.page
          .locator('[data-panel]')
          .evaluateAll(all =>
            Object.fromEntries(all.map(each => [each.ariaLabel, each.getAttribute('data-state')])),
          )
      const undrawn = async () => {
        const found = await states()
        return panels.flatMap(({ title, quiet }) => {
          const state = found[title] ?? 'missing'
          return state === 'drawn' || (state === 'empty' && quiet !== undefined) ? [] : [`${title}: ${state}`]
        })
      }
      await expect.poll(undrawn, { timeout: 30_000 }).toEqual([])
      await picture(desk.page, uid)
      expect(desk.errors).toEqual([])
    },
    60_000,
  )

  test('the overview shows the traffic of this run', async () => {
    await desk.open('/')
    expect(new URL(desk.page.url()).pathname).toBe(`/d/${dashboardUids.overview}`)
    const traffic = desk.page.locator('[aria-label="Traffic"]')
    await expect.poll(() => traffic.locator('.legend').textContent()).toContain('shop')
    expect(await traffic.locator('canvas').count()).toBe(1)
  })
})
