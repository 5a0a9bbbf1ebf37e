/** The playground in a real browser, opened from its file: dragged, it shows what the command line computes. */
import { readFileSync } from 'node:fs'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture } from './support/browser.ts'
import { exact, figure, openPlayground, tune } from './support/playground-page.ts'
import { titled } from './support/programs.ts'

describe.skipIf(noBrowser !== undefined)(titled('the playground', noBrowser), () => {
  let playground: Awaited<ReturnType<typeof openPlayground>>

  beforeAll(async () => {
    playground = await openPlayground()
  })
  afterAll(async () => {
    await playground?.close()
  })

  test('its script is small enough to be sent along', () => {
    const script = /<script>([\s\S]*)<\/script>/.exec(readFileSync(playground.file, 'utf8'))![1]!
    expect(script.length).toBeLessThan(250_000)
    expect(gzipSync(script).length).toBeLessThan(90_000)
  })

  test('a window and a factor are dragged, and the result is that of the command line', async () => {
    const { page } = playground.desk
    const slider = (name: string) => page.locator(`input[name="${name}"]`)
    await playground.desk.open('#scenario=fast-burn&days=9')
    await exact(page)
    const before = await figure(page, 'pageDetection')
    const box = (await slider('fast long').boundingBox())!
    const y = box.y + box.height / 2
    await page.mouse.move(box.x + box.width / 2, y)
    await page.mouse.down()
    for (const part of [0.4, 0.3, 0.2]) await page.mouse.move(box.x + box.width * part, y, { steps: 4 })
    await page.mouse.up()
    await slider('fast factor').focus()
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

  test('asked no network and logged no error', () => {
    expect(playground.desk.errors).toEqual([])
    expect(playground.asked.filter(protocol => !['file:', 'blob:', 'data:'].includes(protocol))).toEqual([])
  })
})
