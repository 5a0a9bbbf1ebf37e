/** Runs one benchmark of bench/ by name; arguments after the name are its own. */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { got } from '../app/wrong-use.ts'
import { command, UsageError } from './command.ts'

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', 'bench')
const names = existsSync(folder)
  ? readdirSync(folder)
      .filter(file => file.endsWith('.ts') && !file.endsWith('.test.ts'))
      .map(file => file.slice(0, -3))
  : []

const usage = `Usage: npm run bench -- NAME [options of the benchmark]

Benchmarks: ${names.join(', ') || 'none'}
\`npm run bench -- NAME --help\` lists a benchmark's own options.`

const [name, ...rest] = process.argv.slice(2)
if (name !== undefined && names.includes(name)) {
  const child = spawn(process.execPath, [join(folder, `${name}.ts`), ...rest], { stdio: 'inherit' })
  child.on('exit', (code, signal) => {
    process.exitCode = code ?? (signal === 'SIGINT' ? 130 : 1)
  })
} else {
  const bench = command({
    name: 'bench',
    usage,
    options: {},
    words: true,
    run: () => {
      throw new UsageError(`Cannot choose a benchmark: expected one of ${names.join(', ')}, got ${got(name)}`)
    },
  })
  process.exitCode = await bench(process.argv.slice(2))
}
