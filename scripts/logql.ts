/** Asks, formats, tests and serves LogQL on this machine; each verb is a file of scripts/logql/. */
import { commandGroup } from './command.ts'

const usage = `Usage: npm run logql -- VERB [options]

  query QUERY --data FILE [--start T --end T] [--step D] [--limit N] [--direction D] [--time T]
                         lines or numbers from a file of log records
  fmt QUERY...           print queries, broken over lines where they are long; - reads one from stdin
  test FILE...           run Loki's .logqltest files, or folders of them
  diff --loki BIN --seed N [--queries N]
                         compare random queries over random lines with a real Loki
  replay --loki BIN [--write]
                         ask a real Loki our own cases, to see that their answers are its own
  serve --data FILE --port N [--host H]
                         answer Loki's HTTP API over a file of log records

\`npm run logql -- VERB --help\` lists a verb's options. query and fmt take --json.
A file of log records has one OTLP request in JSON on each line, as an OTLP exporter posts them.`

const verbs = {
  query: async () => (await import('./logql/query.ts')).main,
  fmt: async () => (await import('./logql/fmt.ts')).main,
  test: async () => (await import('./logql/test.ts')).main,
  diff: async () => (await import('./logql/diff.ts')).main,
  replay: async () => (await import('./logql/replay.ts')).main,
  serve: async () => (await import('./logql/serve.ts')).main,
}

export const main = commandGroup({ name: 'logql', usage, toDo: 'run logql' }, verbs)

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
