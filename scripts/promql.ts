/** Asks, formats, checks, tests and serves PromQL on this machine; each verb is a file of scripts/promql/. */
import { UserError } from '../contract/user-error.ts'
import { commandGroup, guarded, type Verb, wrongWords } from './command.ts'

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
A file of samples is an OpenMetrics dump (promtool tsdb dump-openmetrics), a snapshot of the store, or Prometheus' text
format, whose samples without a time are from now.`

const verbs = {
  query: async () => (await import('./promql/query.ts')).main,
  fmt: async () => (await import('./promql/fmt.ts')).main,
  'check-rules': async () => (await import('./promql/check-rules.ts')).main,
  test: async () => (await import('./promql/test.ts')).main,
  replay: async () => testingVerb((await import('../engines/promql/diff/replay.ts')).main),
  diff: async () => testingVerb((await import('../engines/promql/diff/diff.ts')).main),
  serve: async () => (await import('./promql/serve.ts')).main,
}

/** These read their own options, and throw plain errors about what they are given. */
function testingVerb(run: (args: string[], print: (line: string) => void) => Promise<number>): Verb {
  return args =>
    guarded('promql', async () => {
      try {
        return await run([...args], console.log)
      } catch (error) {
        const isAboutInput = error instanceof Error && (error.constructor === Error || 'code' in error)
        throw (
          wrongWords(error, 'npm run promql --', []) ?? (isAboutInput ? new UserError(error.message) : error)
        )
      }
    })
}

export const main = commandGroup({ name: 'promql', usage, toDo: 'run promql' }, verbs)

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
