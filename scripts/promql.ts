/** Asks, formats, checks, tests and serves PromQL on this machine; each verb is a file of scripts/promql/. */
import { command, UsageError } from './command.ts'

const usage = `Usage: npm run promql -- VERB [options]

  query EXPR --data FILE [--time T | --start T --end T --step D]
                         evaluate a query over a file of samples
  fmt EXPR...            print queries in Prometheus' form; - reads one from stdin
  check-rules FILE...    check Prometheus rule files
  test FILE...           run promqltest files, promtool's unit tests, or folders of them
  replay --prometheus BIN FILE...
                         run promqltest files on a real Prometheus, to see that their expectations are its own
  diff --prometheus BIN --seed N --queries N
                         compare random queries with a real Prometheus
  serve --data FILE --port N [--host H]
                         answer Prometheus' HTTP API over a file of samples

\`npm run promql -- VERB --help\` lists a verb's options. query, fmt and check-rules take --json.
A file of samples is an OpenMetrics dump (promtool tsdb dump-openmetrics), Prometheus' text format with times, or a
snapshot of the store.`

const verbs: { [verb: string]: (() => Promise<(args: string[]) => Promise<number>>) | undefined } = {
  query: async () => (await import('./promql/query.ts')).main,
  fmt: async () => (await import('./promql/fmt.ts')).main,
  'check-rules': async () => (await import('./promql/check-rules.ts')).main,
  test: async () => (await import('./promql/test.ts')).main,
  replay: async () => testingVerb((await import('../engines/promql/diff/replay.ts')).main),
  diff: async () => testingVerb((await import('../engines/promql/diff/diff.ts')).main),
  serve: async () => (await import('./promql/serve.ts')).main,
}

/** These read their own options; what they refuse or do not find is told in one line all the same. */
function testingVerb(run: (args: string[], print: (line: string) => void) => Promise<number>) {
  return async (args: string[]): Promise<number> => {
    try {
      return await run(args, console.log)
    } catch (error) {
      const isWrongUse = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') === true
      const isBug = error instanceof Error && error.constructor !== Error && !('code' in error)
      console.error(isBug ? error : (error as Error).message)
      if (isWrongUse) console.error('See `npm run promql -- --help`')
      return isWrongUse ? 2 : 1
    }
  }
}

const withoutVerb = command({
  name: 'promql',
  usage,
  options: {},
  words: true,
  run: (_, [word]) => {
    const got = word === undefined ? 'nothing' : `"${word}"`
    throw new UsageError(`Cannot run promql: expected one of ${Object.keys(verbs).join(', ')}, got ${got}`)
  },
})

export async function main(args: string[]): Promise<number> {
  const [word = '', ...rest] = args
  const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined
  return verb === undefined ? withoutVerb(args) : (await verb())(rest)
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
