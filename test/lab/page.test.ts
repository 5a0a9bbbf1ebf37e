/** The page in a real browser, over a lab with its shop: what somebody sees in the first minute, and what is safe. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pastOf } from '../../compose/history/past.ts'
import { dashboardUids } from '../../contract/links.ts'
import { practice } from '../../contract/windows.ts'
import { definitions } from '../../dashboards/outputs.ts'
import { noBrowser, picture, startBrowser, type Tab } from '../support/browser.ts'
import { titled } from '../support/programs.ts'
import { getJson, type RunningLab, startLab, untilMeasured } from '../support/running-lab.ts'

describe.skipIf(noBrowser !== undefined)(titled('the page', noBrowser), () => {
  let lab: RunningLab
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab
  const folder = mkdtempSync(join(tmpdir(), 'lab-page-'))

  beforeAll(async () => {
    // An empty folder, as at somebody's first start.
    lab = await startLab(['--rate=20', `--data=${folder}`])
    chromium = await startBrowser()
    // As high as a dashboard is long: every panel is in view, so every panel asks.
    desk = await chromium.tab(lab.url, { viewport: { width: 1600, height: 3200 } })
    await untilMeasured(lab, 'sum(rate(http_server_request_duration_seconds_count{job="shop"}[20s])) > 0')
  })

  afterAll(async () => {
    await chromium?.browser.close()
    await lab?.stop()
    rmSync(folder, { recursive: true, force: true })
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

  test('the first start has a past: metrics, and the lines and traces of its incident', async () => {
    const { incident } = pastOf(practice, lab.startedAt / 1000)
    const ask = (path: string, parameters: Record<string, string>) =>
      getJson(`${lab.url}${path}?${new URLSearchParams(parameters)}`)
    const time = String((incident.start + incident.end) / 2)
    const errors =
      'sum(rate(http_server_request_duration_seconds_count{http_response_status_code=~"5.."}[5m])) > 0'
    const metrics = await ask('/api/v1/query', { query: errors, time })
    expect(metrics.data.result).toHaveLength(1)
    const range = { start: `${Math.floor(incident.start)}`, end: `${Math.ceil(incident.end)}` }
    const lines = await ask('/loki/api/v1/query_range', {
      query: '{service_name="shop"} |= "refused"',
      start: `${range.start}000000000`,
      end: `${range.end}000000000`,
    })
    const [stream] = lines.data.result as { values: [string, string][] }[]
    expect(stream!.values[0]![1]).toContain('payments answered 503')
    const { traces } = await ask('/api/search', {
      q: '{ status = error && name = "POST /orders" }',
      ...range,
    })
    expect(traces.length).toBeGreaterThan(0)
    const trace = await getJson(`${lab.url}/api/traces/${traces[0].traceID}`)
    expect(JSON.stringify(trace)).toContain('synthetic')
  })

  test('the overview shows the traffic of this run', async () => {
    await desk.open('/')
    expect(new URL(desk.page.url()).pathname).toBe(`/d/${dashboardUids.overview}`)
    const traffic = desk.page.locator('[aria-label="Traffic"]')
    await expect.poll(() => traffic.locator('.legend').textContent()).toContain('shop')
    expect(await traffic.locator('canvas').count()).toBe(1)
  })
})
