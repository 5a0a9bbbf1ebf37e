/** Runs cases on ourselves or on a real Tempo, and lets a real Tempo write them. */
import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { startTempo } from '../diff/real-tempo.ts'
import { readCases, replayOnOurselves, replayOnTempo, writeCases } from './cases.ts'
import { record } from './record.ts'

const usage = `traceql replay [--tempo BIN [--write N]] FILE...

Runs our cases of searches and metrics queries, whose answers a real Tempo wrote: on ourselves, or on a real Tempo to
see that the answers are still its own. Closes with "N passed, N failed".
  --tempo BIN    the program to start; it starts empty and its data is gone afterwards
  --write N      write the one file anew before: first the questions it has, then random ones, N in all
  --seed N       of the random traces and questions (default 1)`

/** The verb; returns its exit code. */
export async function main(
  args: readonly string[],
  print: (line: string) => void = console.log,
): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      tempo: { type: 'string' },
      write: { type: 'string' },
      seed: { type: 'string', default: '1' },
      help: { type: 'boolean', short: 'h', default: false },
    },
    allowPositionals: true,
  })
  if (values.help) {
    print(usage)
    return 0
  }
  if (positionals.length === 0) {
    print(`Cannot replay: expected files of cases, got nothing\n\n${usage}`)
    return 2
  }
  const totals = { passed: 0, failed: 0 }
  const tempo = values.tempo === undefined ? undefined : await startTempo(values.tempo)
  try {
    if (values.write !== undefined) {
      const [count, seed] = [Number(values.write), Number(values.seed)]
      const [path] = positionals as [string]
      if (tempo === undefined || positionals.length > 1 || !(count > 0) || !Number.isInteger(seed)) {
        print(`Cannot write cases: expected --tempo, a count, a whole seed and one file\n\n${usage}`)
        return 2
      }
      const questions = existsSync(path) ? readCases(path).cases.map(({ question }) => question) : []
      writeCases(path, await record(tempo, seed, count, questions))
    }
    for (const [i, path] of positionals.entries()) {
      const file = readCases(path)
      const { passed, failed } =
        tempo === undefined
          ? replayOnOurselves(file, print)
          : await replayOnTempo(tempo, `t${i}`, file, print)
      print(`${path}: ${passed} passed, ${failed} failed`)
      totals.passed += passed
      totals.failed += failed
    }
  } finally {
    await tempo?.stop()
  }
  print(`${totals.passed} passed, ${totals.failed} failed`)
  return totals.failed === 0 && totals.passed > 0 ? 0 : 1
}
