/**
 * Fetches samples as they were scraped from any server with Prometheus' HTTP API: hour by hour, one request at a time, and
 * each piece into a file of its own, so that a replay that was stopped goes on where it was.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { textOf } from '../../contract/answer.ts'
import { roundedDuration } from '../../contract/durations.ts'
import { systemReason, UserError } from '../../contract/user-error.ts'

/** Times are milliseconds; each series as its labels, times and values. */
export type Piece = { labels: Record<string, string>; times: number[]; values: number[] }[]

interface Source {
  url: string
  /** Of the pieces; made when it is missing. */
  cache: string
  /** Milliseconds. */
  from: number
  to: number
  /** Seconds that one answer may take. */
  patience: number
}

/** Boundaries are whole multiples of it since 1970, so that another replay finds the same pieces. */
const chunk = 6 * 3_600_000
const leastChunk = 60_000
/** What a server does not answer in time it is not asked in ever smaller pieces. */
const leastSlowChunk = chunk / 8
const tries = 4

/** Before anything else, so that a wrong address is told at once. */
export async function checkServer(source: Pick<Source, 'url' | 'patience'>): Promise<void> {
  const { url } = source
  const answer = await post(source, 'vector(1)', 0)
  if ('problem' in answer)
    throw new UserError({
      action: `ask ${withoutPassword(url)}`,
      expected: 'Prometheus, or what answers as it does',
      got: answer.problem,
    })
}

function withoutPassword(url: string): string {
  const shown = new URL(url)
  shown.username = ''
  shown.password = ''
  return shown.href.replace(/\/$/, '')
}

export async function* fetchPieces(
  source: Source,
  selectors: readonly string[],
  progress: (done: number, all: number) => void,
): AsyncGenerator<{ selector: string; piece: Piece }> {
  const starts: number[] = []
  for (let start = Math.floor(source.from / chunk) * chunk; start < source.to; start += chunk)
    starts.push(start)
  const all = selectors.length * starts.length
  let done = 0
  for (const selector of selectors) {
    const folder = join(source.cache, nameOf(`${source.url} ${selector}`))
    makeFolder(folder)
    for (const start of starts) {
      yield { selector, piece: await piece(source, selector, folder, start) }
      progress(++done, all)
    }
  }
}

async function piece(source: Source, selector: string, folder: string, start: number): Promise<Piece> {
  const end = start + chunk
  const file = join(folder, `${start / 1000}-${end / 1000}.json`)
  const kept = existsSync(file) ? readPiece(file) : undefined
  if (kept !== undefined) return kept
  const found = await ask(source, selector, start, end)
  // What is not over yet is not kept, as more will come.
  if (end > Date.now()) return found
  writeFileSync(
    `${file}.new`,
    JSON.stringify(found, (_, value) =>
      Number.isFinite(value) || typeof value !== 'number' ? value : String(value),
    ),
  )
  renameSync(`${file}.new`, file)
  return found
}

/** Undefined where the file is not one that was written here, so that it is asked for again. */
function readPiece(file: string): Piece | undefined {
  try {
    const found = JSON.parse(readFileSync(file, 'utf8')) as Piece
    for (const series of found) series.values = series.values.map(Number)
    return found
  } catch {
    return undefined
  }
}

/** After start and up to end. Where that is too much for the server, in halves. */
async function ask(source: Source, selector: string, start: number, end: number): Promise<Piece> {
  for (let attempt = 1; ; attempt++) {
    const began = Date.now()
    const answer = await post(source, `${selector}[${end - start}ms]`, end / 1000)
    // As long as the server has worked it is left alone.
    await wait(Math.min(5_000, Date.now() - began))
    if ('data' in answer) return inside(answer.data, start, end)
    if (answer.isTooMuch && end - start > (answer.isSlow ? leastSlowChunk : leastChunk)) {
      const middle = start + Math.ceil((end - start) / 2 / leastChunk) * leastChunk
      return joined(await ask(source, selector, start, middle), await ask(source, selector, middle, end))
    }
    if (!answer.isPassing || attempt === tries)
      throw new UserError({
        action: `read ${selector} from ${withoutPassword(source.url)}`,
        expected: "samples from Prometheus' API at /api/v1/query",
        got: answer.problem,
      })
    await wait(1_000 * 2 ** attempt)
  }
}

type Answer =
  | { data: { metric: Record<string, string>; values: [number, string][] }[] }
  | { problem: string; isPassing: boolean; isTooMuch: boolean; isSlow: boolean }

async function post(
  { url, patience }: Pick<Source, 'url' | 'patience'>,
  query: string,
  time: number,
): Promise<Answer> {
  const { origin, username, password, pathname } = new URL(url)
  const authorization =
    username === ''
      ? undefined
      : `Basic ${Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString('base64')}`
  try {
    const response = await fetch(`${origin}${pathname.replace(/\/$/, '')}/api/v1/query`, {
      method: 'POST',
      body: new URLSearchParams({ query, time: String(time) }),
      headers: authorization === undefined ? {} : { authorization },
      signal: AbortSignal.timeout(patience * 1000),
    })
    const body = parsed(await textOf(response, mostBytes))
    if (response.ok && hasSamples(body)) return { data: body.data.result }
    const { error } = (body ?? {}) as { error?: unknown }
    const problem = typeof error === 'string' ? error : `HTTP ${response.status} with no samples`
    return {
      problem,
      isPassing: response.status >= 500 || response.status === 429,
      isTooMuch:
        /too many samples|exceeded maximum|query timed out|too large/i.test(problem) ||
        response.status === 413,
      isSlow: false,
    }
  } catch (error) {
    const isSlow = error instanceof DOMException && error.name === 'TimeoutError'
    const isTooLong = error instanceof UserError
    return {
      problem: isSlow
        ? `no answer within ${roundedDuration(patience)}`
        : isTooLong
          ? `more than ${mostBytes / 1e6} MB at once`
          : systemReason(error),
      isPassing: !isSlow && !isTooLong,
      isTooMuch: isSlow || isTooLong,
      isSlow,
    }
  }
}

/** Of one answer; where it is longer, less is asked for. */
const mostBytes = 64_000_000

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) ?? undefined
  } catch {
    return undefined
  }
}

/** What is not in the form of Prometheus' API must not become samples. */
function hasSamples(body: unknown): body is { data: { result: Extract<Answer, { data: unknown }>['data'] } } {
  const { status, data } = Object(body) as { status?: unknown; data?: { result?: unknown } }
  const isSample = (sample: unknown) =>
    Array.isArray(sample) &&
    typeof sample[0] === 'number' &&
    typeof sample[1] === 'string' &&
    /^([+-]?(Inf|[\d.]+(e[+-]?\d+)?)|NaN)$/.test(sample[1])
  return (
    status === 'success' &&
    Array.isArray(data?.result) &&
    data.result.every(series => {
      const { metric, value, values = [value] } = Object(series)
      const isLabelled =
        typeof metric === 'object' &&
        metric !== null &&
        !Array.isArray(metric) &&
        Object.values(metric).every(label => typeof label === 'string')
      return isLabelled && Array.isArray(values) && values.every(isSample)
    })
  )
}

/** Prometheus 2 includes the left edge of a window, and the piece before ends with it. */
function inside(result: Extract<Answer, { data: unknown }>['data'], start: number, end: number): Piece {
  return result.map(({ metric, values }) => {
    const kept = values
      .map(([time, value]): [number, number] => [Math.round(time * 1000), numberOf(value)])
      .filter(([time]) => time > start && time <= end)
    return { labels: metric, times: kept.map(([time]) => time), values: kept.map(([, value]) => value) }
  })
}

function numberOf(text: string): number {
  if (text === '+Inf') return Number.POSITIVE_INFINITY
  return text === '-Inf' ? Number.NEGATIVE_INFINITY : Number(text)
}

function joined(first: Piece, second: Piece): Piece {
  return [...first, ...second]
}

function nameOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 24)
}

/** One folder after the other: Node's `recursive` never ends where a folder cannot be made, as in /proc. */
function makeFolder(folder: string): void {
  try {
    if (existsSync(folder)) return
    if (dirname(folder) !== folder) makeFolder(dirname(folder))
    mkdirSync(folder)
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError({
      action: `write to ${folder}`,
      expected: 'a folder that can be written',
      got: systemReason(error),
    })
  }
}
