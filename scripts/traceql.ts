/** Asks, formats, checks, tests and serves TraceQL on this machine; each verb is a file of scripts/traceql/. */
import { UserError } from '../contract/user-error.ts'
import { commandGroup, guarded, type Verb, wrongWords } from './command.ts'

const usage = `Usage: npm run traceql -- VERB [options]

  query EXPR --data FILE [--start T --end T [--step D]]
                         search a file of traces, or compute a metrics query over it
  fmt EXPR...            print queries in one form; - reads one from stdin
  test FILE...           check that queries are valid, invalid or unsupported as a list in Tempo's form says
  replay [--tempo BIN] FILE...
                         run our cases of searches, on ourselves or on a real Tempo, whose answers they are
  diff --tempo BIN --seed N --queries N
                         compare random queries over random traces with a real Tempo
  serve --data FILE --port N [--host H]
                         answer Tempo's HTTP API over a file of traces

\`npm run traceql -- VERB --help\` lists a verb's options. query and fmt take --json.
A file of traces has an OTLP/JSON ExportTraceServiceRequest on each line, as a collector's file exporter writes it.`

const verbs = {
  query: async () => (await import('./traceql/query.ts')).main,
  fmt: async () => (await import('./traceql/fmt.ts')).main,
  test: async () => (await import('./traceql/test.ts')).main,
  replay: async () => testingVerb((await import('../engines/traceql/replay/replay.ts')).main),
  serve: async () => (await import('./traceql/serve.ts')).main,
  diff: async () => testingVerb((await import('../engines/traceql/diff/diff.ts')).main),
}

/** These read their own options, and throw plain errors about what they are given. */
function testingVerb(run: (args: string[], print: (line: string) => void) => Promise<number>): Verb {
  return args =>
    guarded('traceql', async () => {
      try {
        return await run([...args], console.log)
      } catch (error) {
        const isAboutInput = error instanceof Error && (error.constructor === Error || 'code' in error)
        throw (
          wrongWords(error, 'npm run traceql --', []) ?? (isAboutInput ? new UserError(error.message) : error)
        )
      }
    })
}

export const main = commandGroup({ name: 'traceql', usage, toDo: 'run traceql' }, verbs)

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
