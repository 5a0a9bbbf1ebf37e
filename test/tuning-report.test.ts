/** The reports in a real browser, opened from their files without a network: of a simulation, and of a replay. */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { noBrowser, picture, seriousFindings, startBrowser } from './support/browser.ts'
import { titled } from './support/programs.ts'
import { replay, writeHistory } from './support/replayed-history.ts'

const run = promisify(execFile)

describe.skipIf(noBrowser !== undefined)(titled('a report', noBrowser), () => {
  const { at, dump, folder, known, remove } = writeHistory()
  const [simulated, replayed] = [join(folder, 'simulated.html'), join(folder, 'replayed.html')]
  let chromium: Awaited<ReturnType<typeof startBrowser>>

  beforeAll(async () => {
    const some = [
      '--slo',
      'shop-availability',
      '--scenario',
      'outage,trickle',
      '--policy',
      'shipped,threshold',
    ]
    const calls = await Promise.all([
      run(process.execPath, ['scripts/tune.ts', ...some, '--html', simulated]),
      replay(...dump, ...known, '--compare', at('hasty.yaml'), at('patient.yaml'), '--html', replayed),
    ])
    expect(calls[1].code).toBe(0)
    chromium = await startBrowser()
  })
  afterAll(async () => {
    await chromium?.browser.close()
    remove()
  })

  test.each([
    ['of a simulation', simulated, 2, 'Everything fails for half an hour'],
    ['of a replay', replayed, 2, 'A tenth fails'],
  ])('%s shows what was told, and opens its conditions', async (name, file, sections, title) => {
    const { page, errors } = await chromium.tab(pathToFileURL(file).href, { offline: true })
    const asked: string[] = []
    page.on('request', request => asked.push(request.url()))
    await page.goto(pathToFileURL(file).href)
    expect(await page.locator('section').count()).toBe(sections)
    const section = page.locator('section', { hasText: title }).first()
    const missed = await section.locator('rect.page').count()
    expect(missed).toBeGreaterThan(0)
    const conditions = section.locator('summary', { hasText: 'against their thresholds' }).first()
    await conditions.click()
    const line = section.locator('path.line0').first()
    const [drawn, chart] = await Promise.all(
      [line, line.locator('xpath=..')].map(async each => (await each.boundingBox())!),
    )
    expect(drawn!.width).toBeGreaterThan(100)
    // In the incident it stands above the middle, which is the threshold.
    expect(drawn!.y).toBeLessThan(chart!.y + chart!.height / 2)
    expect(await seriousFindings(page)).toEqual([])
    await picture(page, `report-${name.replaceAll(' ', '-')}`)
    expect(asked.filter(url => !url.startsWith('file:'))).toEqual([])
    expect(errors).toEqual([])
    await page.context().close()
  })
})
