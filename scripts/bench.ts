/** Runs one benchmark of bench/ by name; what follows the name are its own options. */
import { command, commandGroup } from './command.ts'

const benchmarks = {
  overhead: async () => command({ name: 'bench -- overhead', ...(await import('../bench/overhead.ts')) }),
  start: async () => command({ name: 'bench -- start', ...(await import('../bench/start.ts')) }),
  rules: async () => command({ name: 'bench -- rules', ...(await import('../bench/rules.ts')) }),
  languages: async () => command({ name: 'bench -- languages', ...(await import('../bench/languages.ts')) }),
  tuning: async () => command({ name: 'bench -- tuning', ...(await import('../bench/tuning.ts')) }),
  playground: async () =>
    command({ name: 'bench -- playground', ...(await import('../bench/playground.ts')) }),
  lab: async () => command({ name: 'bench -- lab', ...(await import('../bench/lab.ts')) }),
  promql: async () => command({ name: 'bench -- promql', ...(await import('../bench/promql.ts')) }),
}

const usage = `Usage: npm run bench -- NAME [options of the benchmark]

Benchmarks: ${Object.keys(benchmarks).join(', ')}
\`npm run bench -- NAME --help\` lists a benchmark's own options.`

export const main = commandGroup({ name: 'bench', usage, toDo: 'choose a benchmark' }, benchmarks)

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
