/** Spans of time with a name, which are kept however old they get. */
import { randomUUID } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { HttpError, pathOf, type Route, readJson, sendJson } from './http.ts'
import { readJsonFile, writeJsonFile } from './store/json-file.ts'

interface Run {
  id: string
  name: string
  /** Milliseconds. */
  from: number
  to: number
  pinnedAt: number
}

interface RunsOptions {
  /** Undefined: they are in memory. */
  file: string | undefined
  pin: (runs: readonly Run[]) => Promise<void>
}

const most = 50
const longest = 7 * 86_400_000
const base = '/lab/api/runs'

export async function runsApi({ file, pin }: RunsOptions): Promise<Route> {
  let runs = (file === undefined ? undefined : readJsonFile<Run[]>(file)) ?? []
  await pin(runs)

  async function change(next: Run[]): Promise<void> {
    await pin(next)
    runs = next
    if (file !== undefined) writeJsonFile(file, runs)
  }

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const id = pathOf(request).slice(base.length + 1)
    const method = request.method === 'HEAD' ? 'GET' : request.method
    if (id === '' && method === 'GET') return sendJson(response, 200, { runs: runs.toReversed() })
    if (id === '' && method === 'POST') {
      const run = read(await readJson(request))
      if (runs.length >= most) throw new HttpError(400, `Cannot pin a run: expected at most ${most}`)
      await change([...runs, run])
      return sendJson(response, 201, run)
    }
    const found = runs.find(run => run.id === id)
    if (id !== '' && found === undefined) throw new HttpError(404, `Cannot find the run ${id.slice(0, 60)}`)
    if (found === undefined || method !== 'DELETE')
      throw new HttpError(
        405,
        `Cannot ${method} ${id === '' ? 'runs' : 'a run'}: expected GET or POST of all, DELETE of one`,
      )
    await change(runs.filter(run => run !== found))
    sendJson(response, 200, found)
  }

  return { matches: path => path === base || path.startsWith(`${base}/`), handle }
}

function read(body: unknown): Run {
  const { name, from, to } = (typeof body === 'object' && body !== null ? body : {}) as Record<
    string,
    unknown
  >
  if (typeof name !== 'string' || name.trim() === '' || name.length > 100)
    throw wrong('a name of at most 100 characters', name)
  if (!isTime(from) || !isTime(to)) throw wrong('from and to in milliseconds since the epoch', { from, to })
  if (to <= from || to - from > longest) throw wrong('to after from, by seven days at most', { from, to })
  return { id: randomUUID(), name: name.trim(), from, to, pinnedAt: Date.now() }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function wrong(expected: string, got: unknown): HttpError {
  return new HttpError(
    400,
    `Cannot pin a run: expected ${expected}, got ${JSON.stringify(got)?.slice(0, 200)}`,
  )
}
