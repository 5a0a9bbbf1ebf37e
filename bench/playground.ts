/** How long the playground takes from a drag to the new result on the page, in a real browser. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { parseArgs } from 'node:util'
import { UserError } from '../contract/user-error.ts'
import { noBrowser, startBrowser } from '../test/support/browser.ts'
import { playgroundHtml } from '../tuning/playground/bundle.ts'

export const usage = `Usage: npm run bench -- playground [options]

Opens the playground in Chromium and moves the fast tier's long window, factor and for with the keys, one stop after the
other: milliseconds from the key to the first drawn result of 30 days, at one scrape a minute, with one scenario and objective.

  --json   print rows {slider, median, worst}`

export const options = { json: { type: 'boolean', default: false } } as const

export async function run({
  json,
}: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']): Promise<number> {
  if (noBrowser !== undefined)
    throw new UserError({ action: 'measure the playground', expected: 'Chromium', got: noBrowser })
  const folder = mkdtempSync(join(tmpdir(), 'playground-'))
  const { browser, tab } = await startBrowser()
  try {
    const file = join(folder, 'playground.html')
    writeFileSync(file, await playgroundHtml())
    const { page, open } = await tab(pathToFileURL(file).href)
    await open('')
    const results = page.locator('.results')
    const settled = () => page.locator('.results[data-resolution="15s"][data-state]').waitFor()
    const rows = []
    for (const slider of ['fast long', 'fast factor', 'fast for']) {
      const times: number[] = []
      await settled()
      await page.locator(`input[name="${slider}"]`).focus()
      for (let press = 0; press < 8; press++) {
        const before = page.url()
        await page.keyboard.press(press < 4 ? 'ArrowRight' : 'ArrowLeft')
        await page.waitForURL(url => url.href !== before)
        await settled()
        times.push(Number(await results.getAttribute('data-milliseconds')))
      }
      const sorted = times.toSorted((a, b) => a - b)
      const row = { slider, median: sorted[4]!, worst: sorted.at(-1)! }
      rows.push(row)
      if (!json) console.log(`${slider.padEnd(12)} median ${row.median} ms, worst ${row.worst} ms`)
    }
    if (json) console.log(JSON.stringify(rows, undefined, 2))
    return 0
  } finally {
    await browser.close()
    rmSync(folder, { recursive: true })
  }
}
