/** Takes the picture of the lab that the documents show: the overview, in the dark, while a fault runs and after it. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { dashboardUids } from '../contract/links.ts'
import { got, UserError, wrongUse } from '../contract/user-error.ts'
import { noBrowser, startBrowser } from '../test/support/browser.ts'
import { startLab, untilMeasured } from '../test/support/running-lab.ts'
import { command } from './command.ts'

const usage = `Usage: npm run picture [-- options]

Starts the lab in memory and on ports of its own, lets visitors come, breaks a share of the answers for a minute, and writes
the overview as Chromium draws it. Needs Chromium.

  --out FILE      where the picture goes (default docs/images/lab.png)
  --minutes N     how long the visitors come, 3 to 60 (default 6)`

/** So that a page that shows it stays quick to load. */
const mostBytes = 250_000
const size = { width: 1440, height: 900 }

export const main = command({
  name: 'picture',
  usage,
  options: {
    out: { type: 'string', default: 'docs/images/lab.png' },
    minutes: { type: 'string', default: '6' },
  },
  async run({ out, minutes: text }) {
    const minutes = Number(text)
    if (!(minutes >= 3 && minutes <= 60))
      throw wrongUse({ action: 'read --minutes', expected: 'a number from 3 to 60', got: got(text) })
    if (noBrowser !== undefined)
      throw new UserError({ action: 'take a picture', expected: 'Chromium', got: noBrowser })
    const lab = await startLab(['--rate=4'])
    const { browser, tab } = await startBrowser()
    try {
      console.log(`The lab runs at ${lab.url}; the picture follows in about ${minutes} minutes`)
      await untilMeasured(lab, 'sum(rate(http_server_request_duration_seconds_count{job="shop"}[20s])) > 0')
      const begin = Date.now()
      const after = (share: number) => wait(Math.max(0, begin + share * minutes * 60_000 - Date.now()))
      await after(0.4)
      await breakAnswers(lab.url)
      await after(1)
      const { page, open } = await tab(lab.url, { viewport: size })
      await open(`/d/${dashboardUids.overview}?from=now-${Math.floor(minutes)}m&to=now&theme=dark`)
      await untilDrawn(page)
      mkdirSync(dirname(out), { recursive: true })
      await page.screenshot({ path: out })
    } finally {
      await browser.close()
      await lab.stop()
    }
    const { size: bytes } = statSync(out)
    console.log(`${out}: ${bytes.toLocaleString('en')} bytes`)
    if (bytes <= mostBytes) return 0
    console.error(`expected at most ${mostBytes.toLocaleString('en')} bytes`)
    return 1
  },
})

/** Every panel in view has drawn, or says that nothing is wrong. */
async function untilDrawn(page: Page): Promise<void> {
  const inView = () =>
    page
      .locator('[data-panel]')
      .evaluateAll(
        (all, height) =>
          all
            .filter(each => each.getBoundingClientRect().top < height)
            .map(each => `${each.ariaLabel}: ${each.getAttribute('data-state') ?? 'not asked yet'}`),
        size.height,
      )
  let states: string[] = []
  for (let left = 240; left > 0; left--) {
    states = await inView()
    const drawn = states.filter(state => state.endsWith(': drawn')).length
    if (drawn > 5 && states.every(state => /: (drawn|empty)$/.test(state))) return
    await wait(500)
  }
  throw new UserError({
    action: 'take a picture',
    expected: 'every panel in view to be drawn',
    got: states.join(', ') || 'no panel',
  })
}

async function breakAnswers(url: string): Promise<void> {
  const answer = await fetch(`${url}/lab/api/faults/error-ratio`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ intensity: 0.3, duration: 60 }),
  })
  if (!answer.ok)
    throw new UserError({ action: 'start the fault', expected: 'status 200', got: await answer.text() })
}

if (import.meta.main) {
  process.chdir(new URL('..', import.meta.url).pathname)
  process.exitCode = await main(process.argv.slice(2))
}
