/** The playground in a real browser, opened from its file: dragged, it shows what the command line computes. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, seriousFindings, startBrowser, type Tab } from './support/browser.ts'
import { titled } from './support/programs.ts'

const run = promisify(execFile)
const tune = async (...args: string[]) => (await run(process.execPath, ['scripts/tune.ts', ...args])).stdout

describe.skipIf(noBrowser !== undefined)(titled('the playground', noBrowser), () => {
  const folder = mkdtempSync(join(tmpdir(), 'playground-'))
  const file = join(folder, 'playground.html')
  let chromium: Awaited<ReturnType<typeof startBrowser>>
  let desk: Tab
  const asked: string[] = []

  beforeAll(async () => {
    await tune('playground', '--out', file)
    chromium = await startBrowser()
    desk = await chromium.tab(pathToFileURL(file).href, { offline: true })
    desk.page.on('request', request => asked.push(new URL(request.url()).protocol))
  })
  afterAll(async () => {
    await chromium?.browser.close()
    rmSync(folder, { recursive: true })
  })

  const exact = (page: Page) => page.locator('.results[data-resolution="15s"][data-state]').waitFor()
  const figure = (page: Page, name: string) =>
    page.locator(`[data-figure="${name}"]`).getAttribute('data-value')
  const slider = (page: Page, name: string) => page.locator(`input[name="${name}"]`)

  test('its script is small enough to be sent along', () => {
    const script = /<script>([\s\S]*)<\/script>/.exec(readFileSync(file, 'utf8'))![1]!
    expect(script.length).toBeLessThan(300_000)
    expect(gzipSync(script).length).toBeLessThan(100_000)
  })

  test('what ships scores as the scoreboard says', async () => {
    const { page } = desk
    await desk.open('')
    await exact(page)
    const args = ['--slo', 'shop-availability', '--policy', 'shipped', '--scenario', 'outage']
    const [row] = JSON.parse(await tune(...args, '--resolution', '15s', '--json'))
    for (const name of ['pageDetection', 'recall', 'falsePagesPerWeek', 'budgetSpent'])
      expect([name, Number(await figure(page, name))]).toEqual([name, row.figures[name].mean])
  })

  test('a window and a factor are dragged, and the result is that of the command line', async () => {
    const { page } = desk
    await desk.open('#scenario=flapping')
    await exact(page)
    const before = await figure(page, 'pageDetection')
    const box = (await slider(page, 'fast long').boundingBox())!
    const y = box.y + box.height / 2
    await page.mouse.move(box.x + box.width / 2, y)
    await page.mouse.down()
    for (const part of [0.4, 0.3, 0.2]) await page.mouse.move(box.x + box.width * part, y, { steps: 4 })
    await page.mouse.up()
    await slider(page, 'fast factor').focus()
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.url()).toMatch(/fast=10m,5m,8,/)
    await exact(page)
    const state = new URL(page.url()).hash
    const { score, rules, definition } = JSON.parse(await tune('playground', '--state', state))
    expect(await figure(page, 'pageDetection')).not.toBe(before)
    expect(Number(await figure(page, 'pageDetection'))).toBe(score.pageDetection)
    expect(Number(await figure(page, 'cost'))).toBe(score.cost.balanced)
    expect(await page.locator('[data-text="rules"] pre').textContent()).toBe(rules)
    expect(await page.locator('[data-text="definition"] pre').textContent()).toBe(definition)
    expect(rules).toContain('[10m]')
    await picture(page, 'playground-dragged')
  })

  test('an address with mistakes names each and shows what ships in its place', async () => {
    await desk.page.goto('about:blank')
    await desk.open('#scenario=outag&fast=1h&days=0')
    await exact(desk.page)
    const told = await desk.page.locator('[role="alert"]').textContent()
    for (const name of ['scenario', 'fast', 'days']) expect(told).toContain(`Cannot read ${name}`)
  })

  test.each(['dark', 'light'] as const)('keeps nobody out, %s and on a phone', async colorScheme => {
    const phone = await chromium.tab(pathToFileURL(file).href, {
      viewport: { width: 360, height: 740 },
      colorScheme,
    })
    for (const page of [desk.page, phone.page]) {
      await page.emulateMedia({ colorScheme })
      await page.goto('about:blank')
      await page.goto(`${pathToFileURL(file).href}#scenario=one-instance&incident=instance`)
      await exact(page)
      expect(await seriousFindings(page)).toEqual([])
      await picture(page, `playground-${colorScheme}${page === phone.page ? '-phone' : ''}`)
      const [wide, room] = await page.evaluate<[number, number]>(
        '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
      )
      expect(wide).toBeLessThanOrEqual(room)
    }
    await phone.page.context().close()
  })

  test('asked no network and logged no error', () => {
    expect(desk.errors).toEqual([])
    expect(asked.filter(protocol => !['file:', 'blob:', 'data:'].includes(protocol))).toEqual([])
  })
})
