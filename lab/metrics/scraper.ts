/** Asks targets for their metrics at their intervals, from the main thread, where no query keeps it waiting. */
import { request } from 'node:http'
import type { Scrape } from './scrapes.ts'

export interface ScrapeTarget {
  job: string
  /** `host:port`. */
  instance: string
  path?: string
}

interface ScraperOptions {
  targets: readonly ScrapeTarget[]
  /** Milliseconds. */
  interval: number
  timeout: number
  /** The error of the scrape, whoever made it. */
  take: (scrape: Scrape) => Promise<string | undefined>
  /** Told once of an answer that cannot be kept, and again when one was kept in between. */
  onNotice: (text: string) => void
}

const largestAnswer = 16 * 1024 * 1024

const accept = 'application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'

/**
 * A rate needs two samples, and somebody who has just started the lab waits for them. So a target is asked every second
 * at first, until it has answered this often; one that is not there by then is asked at the usual interval.
 */
const first = { interval: 1000, answers: 3, lasts: 60_000 }

/** `age` is how long the lab has been running. All in milliseconds. */
export const scrapeIntervalAt = (age: number, interval: number): number =>
  age < first.lasts ? Math.min(first.interval, interval) : interval

/** Each target at a moment of its own within the interval, the first time at once. */
export function startScraper(options: ScraperOptions): { stop: () => void } {
  const { targets, interval, timeout, take, onNotice } = options
  const timers = new Set<NodeJS.Timeout>()
  const answers = new Map<ScrapeTarget, number>()
  const refusals = new Map<ScrapeTarget, string>()
  const begin = Date.now()
  let isStopped = false

  const intervalOf = (target: ScrapeTarget): number =>
    (answers.get(target) ?? 0) < first.answers ? scrapeIntervalAt(Date.now() - begin, interval) : interval

  async function scrapeAt(target: ScrapeTarget, due: number): Promise<void> {
    if (isStopped) return
    const { job, instance, path = '/metrics' } = target
    const url = `http://${instance}${path}`
    const startedAt = performance.now()
    // The time it was due, as long as that is near: samples at even distances take less room and compare well.
    const time = Math.abs(Date.now() - due) < 50 ? due : Date.now()
    const found = await get(url, timeout)
    const took = performance.now() - startedAt
    if (isStopped) return
    const scrape = { job, instance, url, time, took, interval, timeout, ...found }
    const error = await take(scrape).catch((error: Error) => error.message)
    // A target that is not there is told of by its `up`, as is usual while it starts.
    if (found.error === undefined) {
      tell(target, error)
      answers.set(target, (answers.get(target) ?? 0) + 1)
    }
    const wait = intervalOf(target)
    plan(target, due + Math.ceil((Date.now() - due + 1) / wait) * wait)
  }

  function tell(target: ScrapeTarget, refusal: string | undefined): void {
    if (refusal === undefined) refusals.delete(target)
    else if (!isStopped) {
      // What all of them meet, such as a full store, is told of one.
      const isKnown = refusals.has(target) || [...refusals.values()].includes(refusal)
      refusals.set(target, refusal)
      if (!isKnown) onNotice(`Cannot keep the metrics of ${target.job} at ${target.instance}: ${refusal}`)
    }
  }

  function plan(target: ScrapeTarget, due: number): void {
    if (isStopped) return
    const timer = setTimeout(
      () => {
        timers.delete(timer)
        void scrapeAt(target, due)
      },
      Math.max(0, due - Date.now()),
    )
    timers.add(timer)
  }

  const now = Date.now()
  const apart = Math.min(interval, 1000) / targets.length
  for (const [index, target] of targets.entries()) plan(target, now + Math.floor(index * apart))
  return {
    stop() {
      isStopped = true
      for (const timer of timers) clearTimeout(timer)
    },
  }
}

type Found = Pick<Scrape, 'text' | 'error' | 'isOpenMetrics'>

function get(url: string, timeout: number): Promise<Found> {
  return new Promise(resolve => {
    const fail = (error: string) => resolve({ text: undefined, error, isOpenMetrics: false })
    const call = request(url, { headers: { accept }, signal: AbortSignal.timeout(timeout) }, response => {
      const parts: Buffer[] = []
      let size = 0
      response.on('data', (part: Buffer) => {
        size += part.length
        if (size <= largestAnswer) parts.push(part)
        else {
          fail(`expected at most ${largestAnswer} bytes, got more`)
          call.destroy()
        }
      })
      response.on('end', () => {
        if (response.statusCode !== 200) return fail(`server returned HTTP status ${response.statusCode}`)
        const isOpenMetrics =
          response.headers['content-type']?.startsWith('application/openmetrics-text') === true
        resolve({ text: Buffer.concat(parts).toString('utf8'), error: undefined, isOpenMetrics })
      })
      response.on('error', (error: Error) => fail(error.message))
    })
    call.on('error', (error: Error) =>
      fail(error.name === 'TimeoutError' ? `no answer within ${timeout / 1000} s` : error.message),
    )
    call.end()
  })
}
