/** A real browser for tests of pages; whatever a page logs as an error is kept. */
import { mkdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { findProgram, use, whyMissing } from './programs.ts'

const found = findProgram(['chromium', 'chromium-browser', 'google-chrome'], 'the package chromium')

/** Why there is no browser to test with, or nothing when there is one. */
export const noBrowser = whyMissing(found)

export interface Tab {
  page: Page
  /** What the page logged as errors since it was last opened. */
  errors: string[]
  open(path: string): Promise<void>
}

const desk = { width: 1600, height: 1000 }

export async function startBrowser(): Promise<{
  browser: Browser
  tab(baseUrl: string, options?: BrowserContextOptions): Promise<Tab>
}> {
  const browser = await chromium.launch({
    executablePath: use(found).program,
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  })
  return {
    browser,
    async tab(baseUrl, options = {}) {
      const context = await browser.newContext({ viewport: desk, ...options })
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', error => errors.push(String(error)))
      page.on('console', message => message.type() === 'error' && errors.push(message.text()))
      return {
        page,
        errors,
        async open(path) {
          errors.length = 0
          await page.goto(`${baseUrl}${path}`)
          await page.locator('h1').waitFor()
        },
      }
    },
  }
}

const shots = join(import.meta.dirname, '..', '..', '.data', 'screenshots')

/** The whole page as a picture, for somebody to look at. */
export async function picture(page: Page, name: string): Promise<void> {
  mkdirSync(shots, { recursive: true })
  await page.screenshot({ path: join(shots, `${name}.png`), fullPage: true })
}

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

/** What axe finds that keeps somebody out. */
export async function seriousFindings(page: Page): Promise<string[]> {
  // A page's own policy lets no script in but its own; the debugger may.
  await page.evaluate(axe)
  type Violation = { id: string; impact: string; nodes: { html: string }[] }
  const { violations } = await page.evaluate<{ violations: Violation[] }>('axe.run()')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.slice(0, 3).map(({ html }) => `${id}: ${html.slice(0, 200)}`))
}
