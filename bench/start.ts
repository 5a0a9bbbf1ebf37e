/** How long the shop or the lab takes to start, first and later, and what each of its processes costs in memory and CPU. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { globSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { parseArgs } from 'node:util'
import { ports } from '../contract/ports.ts'
import { got, UserError, wrongUse } from '../contract/user-error.ts'
import { freePorts } from '../test/support/ports.ts'
import { processesUnder } from './processes.ts'

export const usage = `Usage: npm run bench -- start [options]

Starts \`npm run shop\` or \`npm run lab\` several times on free ports: seconds to each part, then resident memory, memory
with shared pages divided among their users (PSS), and CPU seconds since the start, of each process. At the first start
nothing is there that earlier ones have kept: compiled code, the prepared database, bundled pages. Needs Linux.

  --lab         the lab with visitors instead of the shop
  --starts N    how often (default 3)
  --settle N    seconds from the start to the measure of memory (default 10)
  --json        print rows`

export const options = {
  lab: { type: 'boolean', default: false },
  starts: { type: 'string', default: '3' },
  settle: { type: 'string', default: '10' },
  json: { type: 'boolean', default: false },
} as const

interface Start {
  /** Seconds from the command to each part's own word. */
  ready: Record<string, number>
  processes: Process[]
}

interface Process {
  name: string
  residentMb: number
  sharedOutMb: number
  cpuSeconds: number
}

const root = join(import.meta.dirname, '..')

export async function run({
  lab,
  starts,
  settle,
  json,
}: ReturnType<typeof parseArgs<{ options: typeof options }>>['values']): Promise<number> {
  const [count, settleSeconds] = [wholeNumber('starts', starts), wholeNumber('settle', settle)]
  const folder = mkdtempSync(join(tmpdir(), 'start-'))
  const measured: Start[] = []
  try {
    for (const kept of globSync('.sightline/{database/shop-*.tar,page}', { cwd: root }))
      rmSync(join(root, kept), { recursive: true })
    while (measured.length < count) {
      const start = await startOnce(lab ? 'lab' : 'shop', folder, settleSeconds)
      measured.push(start)
      if (!json) console.log(`start ${measured.length}`, text(start))
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  if (json) console.log(JSON.stringify(measured, undefined, 2))
  return 0
}

function wholeNumber(option: string, text: string): number {
  if (/^\d{1,4}$/.test(text)) return Number(text)
  throw wrongUse({ action: `read --${option}`, expected: 'a whole number up to 9999', got: got(text) })
}

function text({ ready, processes }: Start): string {
  const times = Object.entries(ready).map(([part, seconds]) => `${part} ${seconds.toFixed(1)} s`)
  const sum = (of: (each: Process) => number) => processes.reduce((total, each) => total + of(each), 0)
  const all: Process = {
    name: 'all',
    residentMb: sum(each => each.residentMb),
    sharedOutMb: sum(each => each.sharedOutMb),
    cpuSeconds: sum(each => each.cpuSeconds),
  }
  const rows = [...processes, all].map(
    ({ name, residentMb, sharedOutMb, cpuSeconds }) =>
      `  ${name.padEnd(12)} ${residentMb.toFixed(0).padStart(5)} MB resident ${sharedOutMb.toFixed(0).padStart(5)} MB PSS ${cpuSeconds.toFixed(1).padStart(6)} s CPU`,
  )
  return [times.join(', '), ...rows].join('\n')
}

/** Ends what it has started. */
export async function startOnce(command: 'shop' | 'lab', folder: string, settle: number): Promise<Start> {
  const variables = Object.values(ports).flatMap(port => ('variable' in port ? [port.variable] : []))
  const free = await freePorts(variables.length)
  const startedAt = performance.now()
  const seconds = () => (performance.now() - startedAt) / 1000
  const args = command === 'lab' ? ['--', `--data=${join(folder, 'lab')}`] : []
  const child = spawn('npm', ['run', '--silent', command, ...args], {
    cwd: root,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      NODE_COMPILE_CACHE: join(folder, 'compile-cache'),
      ...Object.fromEntries(variables.map((variable, index) => [variable, String(free[index])])),
    },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(child, 'exit')
  const ready: Record<string, number> = {}
  let output = ''
  for await (const chunk of child.stdout.setEncoding('utf8')) {
    output += chunk
    for (const [, part] of output.matchAll(/^ {2}(\w+) ready after/gm)) ready[part!] ??= seconds()
    if (!output.includes('Ctrl-C stops all')) continue
    ready.everything = seconds()
    await sleep(settle * 1000)
    const processes = measure(child.pid!)
    process.kill(-child.pid!, 'SIGINT')
    await ended
    return { ready, processes }
  }
  throw new UserError({ action: `measure a start of the ${command}`, expected: 'its banner', got: output })
}

function measure(pid: number): Process[] {
  return processesUnder(pid).map(({ words, cpu, resident, sharedOut }) => {
    // The last one: a role's telemetry is loaded before it.
    const script = words.findLast(word => /\.[cm]?ts$/.test(word))
    return {
      name: (script ?? words[0]!).replace(/^.*\//, '').replace(/\.ts$/, ''),
      residentMb: resident / 1e6,
      sharedOutMb: sharedOut / 1e6,
      cpuSeconds: cpu,
    }
  })
}
