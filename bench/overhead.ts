/** What telemetry costs: the same service bare, with our kit and with stock OpenTelemetry, interleaved in one run. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { parseArgs } from 'node:util'
import pg from 'pg'
import { got, UserError, wrongUse } from '../contract/user-error.ts'
import { databaseForBench } from './overhead/database.ts'
import { drive } from './overhead/driver.ts'

export const usage = `Usage: npm run bench -- overhead [options]

Measures three variants of one service on a cached and a database route. Each round visits every
variant and route once, in changing order; figures are medians over the rounds, and ratios medians
of the ratios within a round, which a busy machine disturbs least. CPU and p99 are taken at a fixed
rate at which all telemetry is delivered, throughput at saturation.

  --rounds N      rounds (default 5)
  --seconds N     length of each measurement (default 4)
  --rate N        requests per second of the fixed-rate measurement (default 800)
  --sampling R    share of the requests the kit traces (default 1, as stock does); several, such as
                  1,0.1,0.01, are measured as variants of their own
  --json          print one array of rows {route, variant, throughput, p99Ms, cpuUsPerRequest},
                  with the sampling of the kit when there are several

DATABASE_URL names the Postgres to use; without it one is started.`

const routes = ['cached', 'database'] as const
type Route = (typeof routes)[number]

interface Sample {
  throughput: number
  p99Ms: number
  cpuUsPerRequest: number
}

interface Variant {
  name: 'bare' | 'kit' | 'stock'
  /** Of the kit only. */
  sampling?: string
}

interface Measured extends Variant {
  route: Route
  rounds: Sample[]
}

const folder = join(dirname(fileURLToPath(import.meta.url)), 'overhead')

export const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '4' },
  rate: { type: 'string', default: '800' },
  sampling: { type: 'string', default: '1' },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

export async function run({ json, ...values }: Values): Promise<number> {
  const ratios = values.sampling.split(',').map(ratio)
  const measured = await measure({
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    rate: positive('rate', values.rate),
    variants: [
      { name: 'bare' },
      ...ratios.map(sampling => ({ name: 'kit' as const, sampling })),
      { name: 'stock' },
    ],
    quiet: json,
  })
  console.log(json ? JSON.stringify(rows(measured, ratios.length > 1)) : report(measured))
  return 0
}

interface Options {
  rounds: number
  seconds: number
  rate: number
  variants: Variant[]
  quiet: boolean
}

async function measure(options: Options): Promise<Measured[]> {
  const { variants } = options
  const database = await databaseForBench()
  await seed(database.url)
  const sink = await start('sink.ts', {}, [])
  const services: Service[] = []
  for (const { name, sampling } of variants)
    services.push(
      await start(
        'service.ts',
        {
          BENCH_VARIANT: name,
          DATABASE_URL: database.url,
          OTEL_SERVICE_NAME: `bench-${name}`,
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}`,
          ...(sampling === undefined ? {} : { OTEL_TRACES_SAMPLER_ARG: sampling }),
        },
        preload(name),
      ),
    )
  const measured = routes.flatMap(route =>
    variants.map((variant): Measured => ({ ...variant, route, rounds: [] })),
  )
  try {
    for (let round = -1; round < options.rounds; round++) {
      for (const route of routes) {
        for (let turn = 0; turn < variants.length; turn++) {
          const chosen = (turn + round + variants.length) % variants.length
          const variant = variants[chosen]!
          const warmUp = round === -1
          if (!options.quiet)
            progress(
              `${warmUp ? 'warm-up' : `round ${round + 1}/${options.rounds}`}: ${route} ${nameOf(variant)}`,
            )
          const sample = await measureOnce(services[chosen]!, sink, route, {
            ...options,
            delivers: variant.name !== 'bare',
            seconds: warmUp ? Math.min(2, options.seconds) : options.seconds,
          })
          if (!warmUp) measured[routes.indexOf(route) * variants.length + chosen]!.rounds.push(sample)
        }
      }
    }
  } finally {
    for (const { child } of [...services, sink]) child.kill('SIGKILL')
    await database.stop()
    if (!options.quiet) progress('')
  }
  return measured
}

function rows(measured: Measured[], several: boolean) {
  return measured.map(each => ({
    route: each.route,
    variant: each.name,
    ...(several && each.sampling !== undefined ? { sampling: Number(each.sampling) } : {}),
    throughput: Math.round(medianOf(each, 'throughput')),
    p99Ms: Math.round(medianOf(each, 'p99Ms') * 100) / 100,
    cpuUsPerRequest: Math.round(medianOf(each, 'cpuUsPerRequest')),
  }))
}

interface Service {
  child: ChildProcess
  port: number
}

async function measureOnce(
  service: Service,
  sink: Service,
  route: Route,
  options: { seconds: number; rate: number; delivers: boolean },
): Promise<Sample> {
  const path = (request: number) => `/${route}/${request % 1000}`
  await tell(sink.child, 'reset')
  const before = await tell<NodeJS.CpuUsage>(service.child, 'cpu')
  const paced = await drive({
    port: service.port,
    path,
    seconds: options.seconds,
    connections: 32,
    rate: options.rate,
  })
  await tell(service.child, 'metrics')
  // Telemetry still queued belongs to these requests, so its cost is waited for.
  await sleep(options.delivers ? 2000 : 200)
  const after = await tell<NodeJS.CpuUsage>(service.child, 'cpu')
  const { bytes } = await tell<{ bytes: number }>(sink.child, 'reset')
  if (options.delivers && bytes === 0)
    throw new UserError({ action: 'compare', expected: 'telemetry to arrive at the sink', got: 'none' })
  const saturated = await drive({ port: service.port, path, seconds: options.seconds, connections: 32 })
  if (options.delivers) await sleep(1000)
  const failures = paced.failures + saturated.failures
  if (failures > 0)
    throw new UserError(
      `Cannot compare: expected every request to be answered with 200, ${failures} were not`,
    )
  return {
    throughput: saturated.requests / saturated.seconds,
    p99Ms: paced.p99Ms,
    cpuUsPerRequest: (after.user + after.system - before.user - before.system) / paced.requests,
  }
}

function preload(variant: Variant['name']): string[] {
  if (variant === 'bare') return []
  return ['--import', variant === 'kit' ? join(folder, '../../otel/register.ts') : join(folder, 'stock.ts')]
}

async function start(
  file: string,
  environment: Record<string, string>,
  execArgv: string[],
): Promise<Service> {
  const child = fork(join(folder, file), {
    execArgv,
    env: { ...process.env, NODE_ENV: 'production', ...environment },
    // Log lines go where production's would be read, at the same cost for all: a sink that never blocks.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const [message] = (await once(child, 'message')) as [{ port: number }]
  return { child, port: message.port }
}

async function tell<T>(child: ChildProcess, message: string): Promise<T> {
  const answer = once(child, 'message')
  child.send(message)
  return ((await answer) as [T])[0]
}

async function seed(url: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query('CREATE TABLE IF NOT EXISTS bench_products (id int PRIMARY KEY, name text, price int)')
  await client.query(
    `INSERT INTO bench_products SELECT id, 'Product ' || id, id * 7 FROM generate_series(0, 999) AS id ON CONFLICT DO NOTHING`,
  )
  await client.end()
}

function report(measured: Measured[]): string {
  const lines = [
    'route     variant     throughput/s  of bare   p99 ms  of bare   CPU µs/request  added  of stock',
  ]
  for (const each of measured) {
    const other = (name: Variant['name']) =>
      measured.find(candidate => candidate.route === each.route && candidate.name === name)!
    const paired = (figure: (own: Sample, bare: Sample, stock: Sample) => number) =>
      median(
        each.rounds.map((own, round) =>
          figure(own, other('bare').rounds[round]!, other('stock').rounds[round]!),
        ),
      )
    const added = paired((own, bare) => own.cpuUsPerRequest - bare.cpuUsPerRequest)
    const ofStock = paired(
      (own, bare, stock) =>
        (own.cpuUsPerRequest - bare.cpuUsPerRequest) / (stock.cpuUsPerRequest - bare.cpuUsPerRequest),
    )
    const cells = [
      each.route.padEnd(9),
      nameOf(each).padEnd(11),
      medianOf(each, 'throughput').toFixed(0).padStart(12),
      percent(paired((own, bare) => own.throughput / bare.throughput)).padStart(8),
      medianOf(each, 'p99Ms').toFixed(2).padStart(8),
      `${paired((own, bare) => own.p99Ms / bare.p99Ms).toFixed(2)}×`.padStart(8),
      medianOf(each, 'cpuUsPerRequest').toFixed(0).padStart(16),
      (each.name === 'bare' ? '' : `+${added.toFixed(0)}`).padStart(6),
      (each.name === 'kit' ? percent(ofStock) : '').padStart(9),
    ]
    lines.push(cells.join(' ').trimEnd())
  }
  return lines.join('\n')
}

function nameOf({ name, sampling }: Variant): string {
  return sampling === undefined ? name : `${name} ${Number(sampling) * 100} %`
}

function medianOf({ rounds }: Measured, figure: keyof Sample): number {
  return median(rounds.map(sample => sample[figure]))
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw wrongUse({ action: `read --${option}`, expected: 'a number above 0', got: got(text) })
}

function ratio(text: string): string {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= 0 && value <= 1) return String(value)
  throw wrongUse({ action: 'read --sampling', expected: 'ratios from 0 to 1', got: got(text) })
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
  else if (text !== '') process.stderr.write(`${text}\n`)
}
