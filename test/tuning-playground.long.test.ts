/** The playground in a real browser beside its drag: what ships, an address with mistakes, and who can use it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, seriousFindings } from './support/browser.ts'
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

  test('what ships scores as the scoreboard says', async () => {
    const { page } = playground.desk
    await playground.desk.open('')
    await exact(page)
    const args = ['--slo', 'shop-availability', '--policy', 'shipped', '--scenario', 'outage']
    const [row] = JSON.parse(await tune(...args, '--resolution', '15s', '--json'))
    for (const name of ['pageDetection', 'recall', 'falsePagesPerWeek', 'budgetSpent'])
      expect([name, Number(await figure(page, name))]).toEqual([name, row.figures[name].mean])
  })

  test('a month of thirty days that was dragged is that of the command line', async () => {
    const { page } = playground.desk
    await playground.desk.open('#scenario=flapping')
    await exact(page)
    const before = await figure(page, 'pageDetection')
    await page.locator('input[name="fast long"]').focus()
    for (let press = 0; press < 4; press++) await page.keyboard.press('ArrowLeft')
    await expect.poll(() => page.url()).not.toContain('fast=1h')
    await exact(page)
    const { score } = JSON.parse(await tune('playground', '--state', new URL(page.url()).hash))
    expect(await figure(page, 'pageDetection')).not.toBe(before)
    expect(Number(await figure(page, 'pageDetection'))).toBe(score.pageDetection)
    expect(Number(await figure(page, 'cost'))).toBe(score.cost.balanced)
  })

  test('an address with mistakes names each and shows what ships in its place', async () => {
    await playground.desk.page.goto('about:blank')
    await playground.desk.open('#scenario=outag&fast=1h&days=0')
    await exact(playground.desk.page)
    const told = await playground.desk.page.locator('[role="alert"]').textContent()
    for (const name of ['scenario', 'fast', 'days']) expect(told).toContain(`Cannot read ${name}`)
  })

  test.each(['dark', 'light'] as const)('keeps nobody out, %s and on a phone', async colorScheme => {
    const phone = await playground.tab({
      viewport: { width: 360, height: 740 },
      colorScheme,
    })
    for (const page of [playground.desk.page, phone.page]) {
      await page.emulateMedia({ colorScheme })
      await page.goto('about:blank')
      await page.goto(`${playground.url}#scenario=one-instance&incident=instance`)
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
    expect(playground.desk.errors).toEqual([])
    expect(playground.asked.filter(protocol => !['file:', 'blob:', 'data:'].includes(protocol))).toEqual([])
  })
})
