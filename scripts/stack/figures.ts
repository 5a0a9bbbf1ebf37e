/** Starts the stack and measures it: how soon every panel shows something, and what it takes after a while under load. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Container, containersOf } from '../../compose/engine.ts'
import { totals, type Usage, usageOf } from '../../compose/usage.ts'
import { UserError } from '../../contract/user-error.ts'

interface FigureOptions {
  root: string
  /** Starts everything and resolves to an exit code. */
  start: () => Promise<number>
  /** What `check:queries` is to ask. */
  servers: readonly string[]
  minutes: number
  json: boolean
}

const populatedWithinMs = 10 * 60_000

export async function figures({ root, start, servers, minutes, json }: FigureOptions): Promise<number> {
  const running = containersOf(root).filter(({ state }) => state === 'running')
  if (running.length > 0)
    throw new UserError({
      action: 'measure a start',
      expected: 'nothing to run',
      got: names(running),
      hint: '`npm run stack -- down` stops it',
    })
  const began = Date.now()
  const code = await start()
  if (code !== 0) return code
  const healthySeconds = secondsSince(began)
  const empty = await untilPopulated(root, servers, began)
  const populatedSeconds = empty.length === 0 ? secondsSince(began) : undefined
  console.error(`Under load for ${minutes} min …`)
  await wait(minutes * 60_000)
  const usages = usageOf(containersOf(root))
  const result = { healthySeconds, populatedSeconds, minutes, empty, total: totals(usages), services: usages }
  console.log(json ? JSON.stringify(result, undefined, 2) : table(result))
  return empty.length > 0 ? 1 : 0
}

async function untilPopulated(root: string, servers: readonly string[], began: number): Promise<string[]> {
  for (;;) {
    const empty = await emptyPanels(root, servers)
    if (empty.length === 0 || Date.now() - began > populatedWithinMs) return empty
    await wait(1_000)
  }
}

async function emptyPanels(root: string, servers: readonly string[]): Promise<string[]> {
  const child = spawn(process.execPath, [join(root, 'scripts/check-queries.ts'), ...servers, '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  await once(child, 'close')
  if (output === '') return ['none could be asked']
  const results = JSON.parse(output) as { dashboard: string; panel: string; outcome: string }[]
  return results
    .filter(({ outcome }) => outcome === 'empty' || outcome === 'error')
    .map(({ dashboard, panel }) => `${dashboard}: ${panel}`)
}

interface Figures {
  healthySeconds: number
  populatedSeconds: number | undefined
  minutes: number
  empty: string[]
  total: ReturnType<typeof totals>
  services: Usage[]
}

function table({ healthySeconds, populatedSeconds, minutes, empty, total, services }: Figures): string {
  const row = (name: string, usage: Omit<Usage, 'service' | 'image'>) =>
    [
      name.padEnd(14),
      megabytes(usage.imageBytes),
      megabytes(usage.writtenBytes),
      megabytes(usage.memoryBytes),
      megabytes(usage.memoryLimitBytes),
      `${Math.round((100 * usage.memoryBytes) / usage.memoryLimitBytes)} %`.padStart(7),
    ].join('')
  return [
    `every container healthy     ${healthySeconds} s`,
    `every panel with data       ${populatedSeconds === undefined ? `not within ${populatedWithinMs / 1000} s` : `${populatedSeconds} s`}`,
    ...empty.map(panel => `  empty: ${panel}`),
    '',
    `MB after ${minutes} min`.padEnd(14) + ['IMAGE', 'WRITTEN', 'MEMORY', 'LIMIT', 'USED'].map(pad).join(''),
    ...services.map(usage => row(usage.service, usage)),
    row('total', total),
  ].join('\n')
}

function pad(heading: string): string {
  return heading.padStart(heading === 'USED' ? 7 : 9)
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0).padStart(9)
}

function secondsSince(time: number): number {
  return Math.round((Date.now() - time) / 100) / 10
}

function names(containers: readonly Container[]): string {
  return containers.map(({ service }) => service).join(', ')
}
