/**
 * Fetches samples as they were scraped from any server with Prometheus' HTTP API: hour by hour, one request at a time, and
 * each piece into a file of its own, so that a replay that was stopped goes on where it was.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
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
}

/** Boundaries are whole multiples of it since 1970, so that another replay finds the same pieces. */
const chunk = 6 * 3_600_000
const leastChunk = 60_000
const tries = 4

/** Before anything else, so that a wrong address is told at once. */
export async function checkServer(url: string): Promise<void> {
  const answer = await post(url, 'vector(1)', 0)
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
  if (existsSync(file)) return readPiece(file)
  const found = await ask(source.url, selector, start, end)
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

function readPiece(file: string): Piece {
  const found = JSON.parse(readFileSync(file, 'utf8')) as Piece
  for (const series of found) series.values = series.values.map(Number)
  return found
}

/** After start and up to end. Where that is too much for the server, in halves. */
async function ask(url: string, selector: string, start: number, end: number): Promise<Piece> {
  for (let attempt = 1; ; attempt++) {
    const began = Date.now()
    const answer = await post(url, `${selector}[${end - start}ms]`, end / 1000)
    // As long as the server has worked it is left alone.
    await wait(Math.min(5_000, Date.now() - began))
    if ('data' in answer) return inside(answer.data, start, end)
    if (answer.isTooMuch && end - start > leastChunk) {
      const middle = start + Math.ceil((end - start) / 2 / leastChunk) * leastChunk
      return joined(await ask(url, selector, start, middle), await ask(url, selector, middle, end))
    }
    if (!answer.isPassing || attempt === tries)
      throw new UserError({
        action: `read ${selector} from ${withoutPassword(url)}`,
        expected: "samples from Prometheus' API at /api/v1/query",
        got: answer.problem,
      })
    await wait(1_000 * 2 ** attempt)
  }
}

type Answer =
  | { data: { metric: Record<string, string>; values: [number, string][] }[] }
  | { problem: string; isPassing: boolean; isTooMuch: boolean }

async function post(url: string, query: string, time: number): Promise<Answer> {
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
      signal: AbortSignal.timeout(120_000),
    })
    const text = await response.text()
    const body = parsed(text)
    if (body?.status === 'success' && Array.isArray(body.data?.result)) return { data: body.data.result }
    const problem = body?.error ?? `HTTP ${response.status}`
    return {
      problem,
      isPassing: response.status >= 500 || response.status === 429,
      isTooMuch:
        /too many samples|exceeded maximum|query timed out|too large/i.test(problem) ||
        response.status === 413,
    }
  } catch (error) {
    const isSlow = error instanceof DOMException && error.name === 'TimeoutError'
    return {
      problem: isSlow ? 'no answer within 120 s' : systemReason(error),
      isPassing: !isSlow,
      isTooMuch: isSlow,
    }
  }
}

function parsed(text: string): { status?: string; error?: string; data?: { result?: never } } | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
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
