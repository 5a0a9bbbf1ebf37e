/**
 * Replays promqltest files on a real Prometheus, so that what our tests expect is its answer and never our own; can
 * also fill in what it answers.
 */

import { readFileSync, writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { keyOf } from '../../labels.ts'
import type { RangeSeries } from '../engine/results.ts'
import { type Answer, shortfall } from '../replay/answers.ts'
import { type Evaluation, parseTestFile, type RangeVector } from '../replay/promqltest-format.ts'
import { printMetric, printNumber } from '../replay/series-notation.ts'
import { loadedWith, nothingLoaded, unsupportedReason } from '../replay/unsupported.ts'
import { type RealPrometheus, startPrometheus, writtenSeries } from './real-prometheus.ts'

export interface ReplayReport {
  agreed: number
  /** Cases that the file says 2.x answers otherwise, and it does; by the reason the file gives. */
  knownDifferences: Map<string, number>
  failures: { line: number; query: string; message: string }[]
  unsupported: number
}

export async function replay(text: string, binary: string): Promise<ReplayReport> {
  const report: ReplayReport = { agreed: 0, knownDifferences: new Map(), failures: [], unsupported: 0 }
  await askAll(text, binary, (evaluation, answer, major) => {
    if (answer === undefined) {
      report.unsupported++
      return
    }
    const expected = major < 3 ? withoutNotes(evaluation) : evaluation
    const message = shortfall(expected, answer)
    const reason = major < 3 ? evaluation.differsOnPrometheus2 : undefined
    if (reason === undefined && message === undefined) report.agreed++
    else if (reason !== undefined && message !== undefined)
      report.knownDifferences.set(reason, (report.knownDifferences.get(reason) ?? 0) + 1)
    else
      report.failures.push({
        line: evaluation.line,
        query: evaluation.query,
        message: message ?? `expected another answer than Prometheus 3's, for ${reason}, got the same`,
      })
  })
  return report
}

/** The file with every expectation replaced by what the server answers. */
export async function writeExpectations(text: string, binary: string): Promise<string> {
  const lines = text.split('\n')
  const output: string[] = []
  let next = 0
  await askAll(text, binary, (evaluation, answer) => {
    const start = evaluation.line
    output.push(...lines.slice(next, start))
    const block = blockAt(lines, start)
    next = start + block.length
    if (answer === undefined) output.push(...block)
    else
      output.push(
        ...block.filter(line => /^\s*expect (?:ordered|no_)/.test(line)),
        ...expectationsOf(evaluation, answer),
      )
  })
  return [...output, ...lines.slice(next)].join('\n')
}

type Visit = (evaluation: Evaluation, answer: Answer | undefined, major: number) => void

/** A server for each stretch between two `clear`, for nothing is deleted from one so that the same can come back. */
async function askAll(text: string, binary: string, visit: Visit): Promise<void> {
  let server: RealPrometheus | undefined
  let loaded = nothingLoaded
  try {
    for (const command of parseTestFile(text)) {
      if (command.kind === 'clear') {
        await server?.stop()
        server = undefined
        loaded = nothingLoaded
        continue
      }
      server ??= await startPrometheus(binary)
      if (command.kind === 'load') {
        await server.write(writtenSeries(command))
        loaded = loadedWith(loaded, command)
      } else if (unsupportedReason(command, loaded) !== undefined) visit(command, undefined, server.major)
      else visit(command, await server.ask(command.query, command.when), server.major)
    }
  } finally {
    await server?.stop()
  }
}

function withoutNotes(evaluation: Evaluation): Evaluation {
  return {
    ...evaluation,
    notes: evaluation.notes.flatMap(note => (note.kind === 'fail' ? [{ ...note, matches: () => true }] : [])),
  }
}

function blockAt(lines: readonly string[], start: number): string[] {
  const end = lines.findIndex(
    (line, index) => index >= start && (line.trim() === '' || line.trim().startsWith('#')),
  )
  return lines.slice(start, end === -1 ? lines.length : end)
}

export function expectationsOf(
  {
    when,
    ordered,
    rangeVector,
  }: Pick<Evaluation, 'when' | 'ordered'> & Partial<Pick<Evaluation, 'rangeVector'>>,
  answer: Answer,
): string[] {
  if (answer.type === 'error') {
    // A query that does not parse is refused in our own words.
    const parseError = /parse error|invalid parameter/.test(answer.message)
    return [parseError ? '  expect fail' : `  expect fail msg: ${answer.message}`]
  }
  const notes = [
    ...answer.warnings.map(note => `  expect warn msg: ${note}`),
    ...answer.infos.map(note => `  expect info ${uncounted(note)}`),
  ]
  if (answer.type === 'scalar') return [...notes, `  ${printNumber(answer.value)}`]
  if (answer.type === 'string') return [...notes, `  expect string ${JSON.stringify(answer.value)}`]
  if (answer.type === 'vector') {
    const samples = ordered
      ? answer.samples
      : answer.samples.toSorted((a, b) => (keyOf(a.labels) < keyOf(b.labels) ? -1 : 1))
    return [...notes, ...samples.map(({ labels, value }) => `  ${printMetric(labels)} ${printNumber(value)}`)]
  }
  const grid = when.kind === 'range' ? when : (rangeVector ?? gridOf(answer.series))
  const series = answer.series.map(({ labels, times, values }) => {
    const found = new Map(Array.from(times, (time, index) => [time, values[index]!]))
    const row: string[] = []
    for (let time = grid.start; time <= times.at(-1)!; time += grid.step)
      row.push(found.has(time) ? printNumber(found.get(time)!) : '_')
    return `  ${printMetric(labels)} ${row.join(' ')}`
  })
  if (when.kind === 'instant' && series.length > 0)
    notes.push(`  expect range vector from ${grid.start}ms to ${grid.end}ms step ${grid.step}ms`)
  return [...notes, ...series]
}

/** Without the count, which Prometheus gets wrong where it merges infos, and without the time of evaluation. */
function uncounted(note: string): string {
  if (!/ over \d+ samples /.test(note)) return `msg: ${note}`
  return `regex: ${note.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ over \d+ samples from .*/, ' over \\d+ samples from \\S+ to \\S+')}`
}

/** The coarsest steps on which all points stand. */
function gridOf(series: readonly RangeSeries[]): RangeVector {
  const times = [...new Set(series.flatMap(one => [...one.times]))].sort((a, b) => a - b)
  const [start = 0] = times
  const step = times.reduce((common, time) => divisor(common, time - start), 0)
  return { start, end: times.at(-1) ?? start, step: step === 0 ? 1000 : step }
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b)
}

const usage = `promql replay --prometheus BIN [--write] FILE...

Replays promqltest files on a real Prometheus and compares its answers with the files'.
  --prometheus BIN  the program to start; each start is empty and gone afterwards
  --write           writes its answers into the files instead`

/** The verb; returns its exit code. */
export async function main(
  args: readonly string[],
  print: (line: string) => void = console.log,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      prometheus: { type: 'string' },
      write: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) {
    print(usage)
    return 0
  }
  if (values.prometheus === undefined || positionals.length === 0) {
    print(`Cannot replay: expected --prometheus and at least one file\n\n${usage}`)
    return 2
  }
  let failed = 0
  let agreed = 0
  for (const file of positionals) {
    const text = readFileSync(file, 'utf8')
    if (values.write) {
      writeFileSync(file, await writeExpectations(text, values.prometheus))
      print(`${file}: written`)
      continue
    }
    const report = await replay(text, values.prometheus)
    print(
      `${file}: ${report.agreed} agreed, ${report.failures.length} failed, ${report.unsupported} unsupported`,
    )
    for (const [reason, count] of report.knownDifferences) print(`  ${count} differ as told: ${reason}`)
    for (const { line, query, message } of report.failures)
      print(`  ${file}:${line}: ${query}\n    ${message.replaceAll('\n', '\n    ')}`)
    failed += report.failures.length
    agreed += report.agreed
  }
  if (!values.write) print(`${agreed} passed, ${failed} failed`)
  return failed > 0 ? 1 : 0
}
