/** The playground in a real browser, opened from its file without a network. */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import type { BrowserContextOptions, Page } from 'playwright-core'
import { startBrowser } from './browser.ts'

const run = promisify(execFile)

export async function tune(...args: string[]): Promise<string> {
  return (await run(process.execPath, ['scripts/tune.ts', ...args])).stdout
}

export async function openPlayground() {
  const folder = mkdtempSync(join(tmpdir(), 'playground-'))
  const file = join(folder, 'playground.html')
  const url = pathToFileURL(file).href
  const [{ browser, tab }] = await Promise.all([startBrowser(), tune('playground', '--out', file)])
  const desk = await tab(url, { offline: true })
  const asked: string[] = []
  desk.page.on('request', request => asked.push(new URL(request.url()).protocol))
  return {
    file,
    url,
    desk,
    /** Protocols of what the page on the desk has asked for. */
    asked,
    tab: (options: BrowserContextOptions) => tab(url, options),
    async close() {
      await browser.close()
      rmSync(folder, { recursive: true })
    },
  }
}

export const exact = (page: Page) => page.locator('.results[data-resolution="15s"][data-state]').waitFor()

export const figure = (page: Page, name: string) =>
  page.locator(`[data-figure="${name}"]`).getAttribute('data-value')
