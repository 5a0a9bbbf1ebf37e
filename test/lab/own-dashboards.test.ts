/** Dashboards of somebody's own, changed while they are looked at. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, startBrowser, type Tab } from '../support/browser.ts'
import { titled } from '../support/programs.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-dashboards-'))
let lab: RunningLab

const write = (name: string, content: string | object) =>
  writeFileSync(join(folder, name), typeof content === 'string' ? content : JSON.stringify(content))

const dashboard = (uid: string, title: string, more: object = {}) => ({
  ...{ uid, title, time: { from: 'now-15m', to: 'now' } },
  panels: [
    {
      ...{ id: 1, type: 'timeseries', title: 'Targets', gridPos: { x: 0, y: 0, w: 24, h: 30 } },
      targets: [{ refId: 'A', expr: 'up' }],
    },
    {
      ...{ id: 2, type: 'stat', title: 'Targets now', gridPos: { x: 0, y: 30, w: 24, h: 30 } },
      targets: [{ refId: 'A', expr: 'up', instant: true }],
    },
  ],
  ...more,
})

beforeAll(async () => {
  write('orders.json', dashboard('orders', 'Orders'))
  write('broken.json', '{"uid": "broken",')
  write(
    'old.json',
    dashboard('old', 'Old', { time: { from: '2020-01-01T00:00:00Z', to: '2020-01-01T06:00:00Z' } }),
  )
  lab = await startLab(['--no-shop', `--dashboards=${folder}`])
}, 120_000)
afterAll(async () => {
  await lab?.stop()
  rmSync(folder, { recursive: true })
})

test('one that is wrong says so and keeps no other one from being shown', async () => {
  const list: { uid: string; description: string }[] = await getJson(`${lab.url}/lab/api/dashboards`)
  expect(list.map(({ uid }) => uid)).toEqual(['broken', 'old', 'orders'])
  expect(list[0]!.description).toContain('Cannot read the dashboard broken.json: expected JSON, got')
  expect(await getJson(`${lab.url}/lab/api/dashboards/orders`)).toMatchObject({ title: 'Orders' })
  const answer = await fetch(`${lab.url}/lab/api/dashboards/broken`)
  expect([answer.status, await answer.json()]).toEqual([
    500,
    { error: expect.stringContaining('Cannot read the dashboard broken.json') },
  ])
})

describe.skipIf(noBrowser !== undefined)(titled('in a browser', noBrowser), () => {
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab
  beforeAll(async () => {
    chromium = await startBrowser()
    desk = await chromium.tab(lab.url)
  })
  afterAll(() => chromium?.browser.close())

  const heading = () => desk.page.locator('h1').textContent()

  test('a file that is written is drawn anew, at the same place of the page', async () => {
    const { page } = desk
    await desk.open('/d/orders')
    expect(await heading()).toBe('Orders')
    await page.evaluate('scrollTo(0, 300)')
    await page.evaluate('globalThis.__isSame = true')
    write('orders.json', dashboard('orders', 'All orders'))
    await expect.poll(heading, { timeout: 45_000 }).toBe('All orders')
    await expect.poll(() => page.evaluate('scrollY')).toBe(300)
    expect(await page.locator('[data-panel]').count()).toBe(2)
    expect(await page.evaluate('globalThis.__isSame')).toBe(true)
    await expect.poll(() => page.locator('nav').textContent()).toContain('All orders')
    write('new.json', dashboard('new', 'New one'))
    await expect.poll(() => page.locator('nav').textContent(), { timeout: 45_000 }).toContain('New one')
  }, 150_000)

  test('while a file is wrong, what it was stays, and the page says why', async () => {
    const { page } = desk
    await desk.open('/d/orders')
    const before = await heading()
    write('orders.json', '{"uid": "orders", ')
    await expect
      .poll(() => page.locator('main').textContent(), { timeout: 45_000 })
      .toMatch(/Cannot find the dashboard "orders"|Cannot read the dashboard orders\.json: expected JSON/)
    expect(await page.locator('main').textContent()).toContain('what is shown is the one before')
    expect(await heading()).toBe(before)
    expect(await page.locator('[data-panel]').count()).toBe(2)
    write('orders.json', dashboard('orders', 'Mended'))
    await expect.poll(heading, { timeout: 45_000 }).toBe('Mended')
    expect(await page.locator('main').textContent()).not.toContain('what is shown is the one before')
  }, 150_000)

  test('a fixed time of which there is nothing is told of, and left by a click', async () => {
    const { page } = desk
    await desk.open('/d/old')
    const problems = page.locator('.problems p', { hasText: 'The time is fixed from 2020-01-01' })
    await problems.waitFor({ timeout: 45_000 })
    await picture(page, 'fixed-time')
    await problems.locator('button', { hasText: 'Show the last hour' }).click()
    await expect
      .poll(() => page.locator('[data-panel="1"]').getAttribute('data-state'), { timeout: 45_000 })
      .toBe('drawn')
    expect(await problems.count()).toBe(0)
    // A time that goes along with the clock is no mistake of a file.
    await desk.open('/d/orders?from=now-9d&to=now-8d')
    await expect
      .poll(() => page.locator('[data-panel="1"]').getAttribute('data-state'), { timeout: 45_000 })
      .toBe('empty')
    expect(await page.locator('.problems p').count()).toBe(0)
    expect(desk.errors).toEqual([])
  }, 150_000)
})
