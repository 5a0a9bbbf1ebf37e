/** Our own cases of log queries, whose answers a real Loki gave: read, run on this engine, and on a Loki again. */

import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Answer, type Asked, askLoki, askOurs, difference } from '../diff/answers.ts'
import { storeOf } from '../diff/data.ts'
import { type PushedStream, startLoki } from '../diff/real-loki.ts'

const casesFolder = join(import.meta.dirname, '../cases')

interface CaseFile {
  path: string
  cases: Case[]
}

/** Times of an answer are nanoseconds since the first line. */
interface Case {
  query: string
  limit?: number
  direction?: 'forward' | 'backward'
  answer?: Answer
}

export function readCases(folder: string = casesFolder): { data: PushedStream[]; files: CaseFile[] } {
  const read = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const names = readdirSync(folder).filter(name => name.endsWith('.json') && name !== 'data.json')
  return {
    data: read('data.json'),
    files: names.sort().map(name => ({ path: join(folder, name), cases: read(name) })),
  }
}

const base = 1_700_000_000

/** A line for each case that this engine answers otherwise. */
export function runCases(data: readonly PushedStream[], cases: readonly Case[]): string[] {
  const store = storeOf(moved(data, base))
  return cases.flatMap(one => {
    const found = difference(relative(askOurs(store, asked(one, base)), base), one.answer!)
    return found === undefined ? [] : [`${one.query}: ${found}`]
  })
}

interface ReplayOptions {
  binary: string
  /** Takes Loki's answers for those of the cases. */
  writes: boolean
  folder?: string
}

/** A line for each case that a real Loki answers otherwise. */
export async function replayCases({ binary, writes, folder }: ReplayOptions): Promise<string[]> {
  const { data, files } = readCases(folder)
  const start = Math.floor(Date.now() / 60_000) * 60 - 1800
  const loki = await startLoki(binary)
  try {
    await loki.push('cases', moved(data, start))
    const problems: string[] = []
    for (const { path, cases } of files) {
      for (const one of cases) {
        const answer = relative(await askLoki(loki, 'cases', asked(one, start)), start)
        if (writes) one.answer = withoutMessage(answer)
        else {
          const found = difference(one.answer!, answer)
          if (found !== undefined) problems.push(`${one.query}: ${found}`)
        }
      }
      if (writes) writeFileSync(path, `[\n${cases.map(one => `  ${JSON.stringify(one)}`).join(',\n')}\n]\n`)
    }
    return problems
  } finally {
    await loki.stop()
  }
}

/** The message is each side's own. */
function withoutMessage(answer: Answer): Answer {
  return answer.kind === 'error' ? { ...answer, message: '' } : answer
}

function asked({ query, limit = 100, direction = 'backward' }: Case, start: number): Asked {
  return { query, start: `${start}000000000`, end: `${start + 600}000000000`, step: 0, limit, direction }
}

function moved(data: readonly PushedStream[], start: number): PushedStream[] {
  const shift = BigInt(start) * 1_000_000_000n
  return data.map(({ stream, values }) => ({
    stream,
    values: values.map(([time, line, metadata]) => [String(BigInt(time) + shift), line, metadata]),
  }))
}

function relative(answer: Answer, start: number): Answer {
  if (answer.kind !== 'lines') return answer
  const shift = BigInt(start) * 1_000_000_000n
  const streams = answer.streams.map(({ labels, lines }) => ({
    labels,
    lines: lines.map(([time, line]): [string, string] => [String(BigInt(time) - shift), line]),
  }))
  return { ...answer, streams }
}
