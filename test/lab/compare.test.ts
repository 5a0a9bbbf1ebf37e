/** An earlier span under the present one, on the panels that are no lines. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, startBrowser, type Tab } from '../support/browser.ts'
import { titled } from '../support/programs.ts'
import { type RunningLab, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-compare-'))
const minutes = 60_000

const panel = (id: number, type: string, x: number, expr: string, more: object = {}) => ({
  ...{ id, type, title: type, gridPos: { x, y: 0, w: 8, h: 12 } },
  targets: [{ refId: 'A', expr, legendFormat: type === 'heatmap' ? '{{le}}' : '{{instance}}' }],
  ...more,
})
const states = [
  { type: 'value', options: { 0: { text: 'calm', color: 'green' }, 1: { text: 'alarmed', color: 'red' } } },
]

const dashboard = {
  ...{ uid: 'compare', title: 'Compare', time: { from: 'now-5m', to: 'now' } },
  panels: [
    panel(1, 'heatmap', 0, 'sum by (le) (increase(wait_seconds_bucket[1m]))', {
      fieldConfig: { defaults: { unit: 's' } },
    }),
    panel(2, 'state-timeline', 8, 'alarmed', { fieldConfig: { defaults: { mappings: states } } }),
    panel(3, 'stat', 16, 'alarmed', {
      options: { graphMode: 'area', reduceOptions: { calcs: ['lastNotNull'] } },
      fieldConfig: { defaults: { mappings: states } },
    }),
  ],
}

describe.skipIf(noBrowser !== undefined)(titled('compared with earlier', noBrowser), () => {
  let lab: RunningLab
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab
  const now = Date.now()

  /** Six minutes that wait about 0.2 s and are alarmed, then five that wait about 3 s and are calm. */
  async function sendPast(): Promise<void> {
    const counts = [0, 0, 0, 0]
    for (let time = now - 11 * minutes; time <= now; time += 15_000) {
      const isNow = time > now - 5 * minutes
      counts[isNow ? 2 : 1]! += 40
      counts[isNow ? 1 : 0]! += 10
      const timeUnixNano = `${time}000000`
      const total = counts.reduce((sum, count) => sum + count, 0)
      const metrics = [
        { name: 'alarmed', gauge: { dataPoints: [{ timeUnixNano, asDouble: isNow ? 0 : 1 }] } },
        {
          name: 'wait',
          unit: 's',
          histogram: {
            aggregationTemporality: 2,
            dataPoints: [
              {
                timeUnixNano,
                count: String(total),
                sum: total,
                bucketCounts: counts.map(String),
                explicitBounds: [0.1, 0.5, 5],
              },
            ],
          },
        },
      ]
      const attributes = [
        { key: 'service.name', value: { stringValue: 'queue' } },
        { key: 'service.instance.id', value: { stringValue: 'queue-1' } },
      ]
      const body = JSON.stringify({
        resourceMetrics: [{ resource: { attributes }, scopeMetrics: [{ metrics }] }],
      })
      const headers = { 'content-type': 'application/json' }
      const answer = await fetch(`${lab.otlp}/v1/metrics`, { method: 'POST', headers, body })
      expect(await answer.json()).toEqual({})
    }
  }

  beforeAll(async () => {
    writeFileSync(join(folder, 'compare.json'), JSON.stringify(dashboard))
    lab = await startLab(['--no-shop', `--dashboards=${folder}`])
    await sendPast()
    chromium = await startBrowser()
    desk = await chromium.tab(lab.url)
  }, 120_000)
  afterAll(async () => {
    await chromium?.browser.close()
    await lab?.stop()
    rmSync(folder, { recursive: true })
  })

  const open = async (compare: string) => {
    await desk.open(`/d/compare?from=${now - 5 * minutes}&to=${now}&compare=${compare}`)
    await expect
      .poll(() => desk.page.locator('[data-panel][data-state="drawn"]').count(), { timeout: 45_000 })
      .toBe(3)
  }
  const caption = (id: number) => desk.page.locator(`[data-panel="${id}"] .caption`).textContent()

  test('the heatmap draws where 95 % came below then, the state timeline a strip of then', async () => {
    const { page } = desk
    await open('5m')
    expect(await caption(1)).toBe('95 % came below the line: solid now, dashed 5m earlier')
    expect(await caption(2)).toBe('The lower strip of each row is 5m earlier')
    expect(await page.locator('[data-panel="3"] .then').textContent()).toContain('alarmed then')
    const over = page.locator('[data-panel="2"] .u-over')
    await over.hover({ position: { x: 150, y: 40 } })
    await expect.poll(() => over.getAttribute('title')).toBe('queue-1: calm; 5m earlier: alarmed')
    await picture(page, 'compared-panels')
    // The names of the rows stand on the canvas, left of the rows.
    const inked = await page.evaluate<number>(`(() => {
      const canvas = document.querySelector('[data-panel="2"] canvas')
      const pixels = canvas.getContext('2d').getImageData(0, 0, 50, canvas.height).data
      return pixels.filter((value, at) => at % 4 === 3 && value > 128).length
    })()`)
    expect(inked).toBeGreaterThan(20)
    expect(desk.errors).toEqual([])
  }, 150_000)

  test('where there was nothing, the panel says so; without a comparison it says nothing', async () => {
    await open('1w')
    expect(await caption(1)).toBe('Nothing in a week earlier to compare with')
    await desk.open(`/d/compare?from=${now - 5 * minutes}&to=${now}`)
    await expect
      .poll(() => desk.page.locator('[data-panel][data-state="drawn"]').count(), { timeout: 45_000 })
      .toBe(3)
    expect(await desk.page.locator('.caption').count()).toBe(0)
  }, 150_000)

  test('the course of a shorter run ends where the run ended', async () => {
    const body = JSON.stringify({ name: 'short', from: now - 11 * minutes, to: now - 9.5 * minutes })
    const headers = { 'content-type': 'application/json' }
    const answer = await fetch(`${lab.url}/lab/api/runs`, { method: 'POST', headers, body })
    const { id } = (await answer.json()) as { id: string }
    await open(id)
    const dashed = await desk.page.locator('[data-panel="3"] .course [stroke-dasharray]').getAttribute('d')
    const xs = [...dashed!.matchAll(/([\d.]+),/g)].map(([, x]) => Number(x))
    // A minute and a half of five.
    expect(Math.max(...xs)).toBeGreaterThan(20)
    expect(Math.max(...xs)).toBeLessThan(36)
  }, 150_000)
})
