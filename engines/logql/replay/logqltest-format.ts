/** Reads Loki's `.logqltest` files: streams to load, queries, and what comes of them. Times are since the start. */

import { parseGoDuration } from '../../go/durations.ts'
import { parseGoFloat } from '../../go/floats.ts'
import { unquote } from '../../go/strings.ts'
import type { Labels } from '../../labels.ts'
import { parseMatchers } from '../language/parse.ts'
import type { LogEntry } from '../store/memory.ts'

type Command =
  | { kind: 'clear'; line: number }
  | { kind: 'load'; entries: { labels: Labels; entry: LogEntry }[]; line: number }
  | Evaluation

export interface Evaluation {
  kind: 'eval'
  line: number
  query: string
  /** Milliseconds; an instant query has a step of 0. */
  start: number
  end: number
  step: number
  expected: Expected
}

export type Expected =
  | { kind: 'fail'; message: string | undefined; pattern: string | undefined }
  | { kind: 'empty' }
  | { kind: 'scalar'; value: number }
  | { kind: 'series'; isOrdered: boolean; series: { labels: Labels; points: (number | undefined)[] }[] }

export function parseTestFile(text: string): Command[] {
  const commands: Command[] = []
  const lines = text.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const head = withoutComment(lines[at]!).trimEnd()
    if (head.trim() === '') continue
    const number = at + 1
    const body: { text: string; line: number }[] = []
    while (at + 1 < lines.length && /^\s+\S/.test(lines[at + 1]!)) {
      at++
      const inner = withoutComment(lines[at]!).trim()
      if (inner !== '') body.push({ text: inner, line: at + 1 })
    }
    try {
      if (head === 'clear') commands.push({ kind: 'clear', line: number })
      else if (head === 'load')
        commands.push({ kind: 'load', entries: body.flatMap(({ text }) => parseLoad(text)), line: number })
      else if (head.startsWith('eval ')) commands.push(parseEval(head, body, number))
      else throw new Error(`expected load, clear or eval, got "${head.slice(0, 40)}"`)
    } catch (error) {
      throw new Error(`line ${number}: ${(error as Error).message}`)
    }
  }
  return commands
}

/** A `#` in quotes is none of a comment. */
function withoutComment(line: string): string {
  const found = /^(?:"[^"]*"|`[^`]*`|[^"`#])*/.exec(line)![0]
  const rest = line.slice(found.length)
  return rest === '' || rest.startsWith('#') ? found : line
}

function parseLoad(text: string): { labels: Labels; entry: LogEntry }[] {
  const parts =
    /^(\{[^}]*\})\s*(?:"([^"]*)"|`([^`]*)`)\s*@\s*(\S+)\s*(?:\[repeat\s+every\s+(\S+)\s+for\s+(\d+)\])?\s*(?:\[metadata (.*)\])?$/.exec(
      text,
    )
  if (parts === null)
    throw new Error(`expected {labels} "line" @ time [repeat every D for N] [metadata k="v"], got ${text}`)
  const [, selector, quoted, raw, at, every, count, pairs] = parts
  const labels = labelsOfSelector(selector!)
  const metadata = pairs === undefined ? undefined : metadataOf(pairs)
  const start = milliseconds(at!)
  return Array.from({ length: Number(count ?? 1) }, (_, index) => ({
    labels,
    entry: {
      time: start + index * (every === undefined ? 0 : milliseconds(every)),
      nanos: 0,
      line: (quoted ?? raw)!.replaceAll('{{.i}}', String(index)),
      metadata,
    },
  }))
}

function labelsOfSelector(selector: string): Labels {
  const pairs = parseMatchers(selector).map(({ name, value }) => [name, value] as const)
  return new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
}

function metadataOf(text: string): [string, string][] {
  return [...text.matchAll(/(?:"([^"]+)"|([^\s="]+))="([^"]*)"/g)].map(([, quoted, bare, value]) => [
    (quoted ?? bare)!,
    value!,
  ])
}

function parseEval(head: string, body: readonly { text: string }[], line: number): Evaluation {
  const instant = /^eval instant at (\S+) (.*)$/.exec(head)
  const range = /^eval range from (\S+) to (\S+) step (\S+) (.*)$/.exec(head)
  if (instant === null && range === null)
    throw new Error(`expected "eval instant at …" or "eval range from …"`)
  const times = instant ? [instant[1]!, instant[1]!, '0'] : range!.slice(1, 4)
  const [start, end, step] = times.map(milliseconds) as [number, number, number]
  const query = (instant?.[2] ?? range![4])!.trim()
  return { kind: 'eval', line, query, start, end, step, expected: parseExpected(body) }
}

function parseExpected(body: readonly { text: string }[]): Expected {
  const series: Extract<Expected, { kind: 'series' }>['series'] = []
  let isOrdered = false
  for (const { text } of body) {
    const fail = /^expect fail(?:\s+(msg|regex):\s*(.*))?$/.exec(text)
    if (fail !== null) {
      const [, kind, wanted] = fail
      return {
        kind: 'fail',
        message: kind === 'msg' ? wanted : undefined,
        pattern: kind === 'regex' ? wanted : undefined,
      }
    }
    if (text === 'expect empty') return { kind: 'empty' }
    if (text === 'expect ordered') isOrdered = true
    else if (text.startsWith('skip values-comparison on ')) continue
    else if (text.startsWith('{')) series.push(parseSeries(text))
    else {
      const value = parseGoFloat(text)
      if (value === undefined) throw new Error(`expected a series, a number or "expect …", got ${text}`)
      return { kind: 'scalar', value }
    }
  }
  if (series.length === 0) throw new Error('expected what comes of the query, got nothing')
  return { kind: 'series', isOrdered, series }
}

function parseSeries(text: string): { labels: Labels; points: (number | undefined)[] } {
  const end = text.indexOf('}', text.lastIndexOf('"'))
  const head = text.slice(0, end < 0 ? text.indexOf('}') + 1 : end + 1)
  const pairs = [...head.matchAll(/([^\s,{=]+)=("(?:[^"\\]|\\.)*")/g)].map(([, name, quoted]) => {
    const value = unquote(quoted!)
    return [name!, 'value' in value ? value.value : quoted!] as const
  })
  const labels = new Map(pairs.toSorted(([a], [b]) => (a < b ? -1 : 1)))
  const words = text.slice(head.length).trim().split(/\s+/)
  return { labels, points: words.flatMap(parsePoints) }
}

/** `_`, `1.5`, `2+3x2` for 2 5 8, `4x3` for four times 4. */
function parsePoints(word: string): (number | undefined)[] {
  if (word === '_') return [undefined]
  const repeated = /^(.+?)(?:([+-])([\d.eE]+))?x(\d+)$/.exec(word)
  if (repeated === null) return [numberOf(word)]
  const [, first, sign, step = '0', count] = repeated
  const rise = Number(step) * (sign === '-' ? -1 : 1)
  return Array.from({ length: Number(count) + 1 }, (_, index) =>
    first === '_' ? undefined : numberOf(first!) + index * rise,
  )
}

function numberOf(word: string): number {
  const value = parseGoFloat(word)
  if (value === undefined) throw new Error(`expected a number, got "${word}"`)
  return value
}

function milliseconds(text: string): number {
  const read = parseGoDuration(text)
  if ('nanoseconds' in read) return read.nanoseconds / 1e6
  throw new Error(`expected a duration such as 1m30s, got "${text}"`)
}
