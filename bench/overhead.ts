/** What telemetry costs: the same service bare, with our kit and with stock OpenTelemetry, interleaved in one run. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import pg from 'pg'
import { databaseForBench } from './overhead/database.ts'
import { drive } from './overhead/driver.ts'

const usage = `Usage: npm run bench -- overhead [options]

Measures three variants of one service on a cached and a database route. Each round visits every
variant and route once, in changing order; figures are medians over the rounds. CPU and p99 are
taken at a fixed rate at which all telemetry is delivered, throughput at saturation.

  --rounds N      rounds (default 5)
  --seconds N     length of each measurement (default 4)
  --rate N        requests per second of the fixed-rate measurement (default 800)
  --sampling R    share of the requests the kit traces (default 1, as stock does)
  --json          print one array of rows {route, variant, throughput, p99Ms, cpuUsPerRequest}

DATABASE_URL names the Postgres to use; without it one is started.`

const variants = ['bare', 'kit', 'stock'] as const
const routes = ['cached', 'database'] as const
type Variant = (typeof variants)[number]
type Route = (typeof routes)[number]

interface Sample {
  throughput: number
  p99Ms: number
  cpuUsPerRequest: number
}

interface Row extends Sample {
  route: Route
  variant: Variant
}

const folder = join(dirname(fileURLToPath(import.meta.url)), 'overhead')

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '4' },
    rate: { type: 'string', default: '800' },
    sampling: { type: 'string', default: '1' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h' },
  },
})

if (values.help) console.log(usage)
else {
  const rows = await measure({
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    rate: positive('rate', values.rate),
    sampling: values.sampling,
  })
  console.log(values.json ? JSON.stringify(rows) : report(rows))
}

async function measure(options: {
  rounds: number
  seconds: number
  rate: number
  sampling: string
}): Promise<Row[]> {
  const database = await databaseForBench()
  await seed(database.url)
  const sink = await start('sink.ts', {}, [])
  const services = {} as Record<Variant, Service>
  for (const variant of variants) {
    services[variant] = await start(
      'service.ts',
      {
        BENCH_VARIANT: variant,
        DATABASE_URL: database.url,
        OTEL_SERVICE_NAME: `bench-${variant}`,
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}`,
        ...(variant === 'kit' ? { OTEL_TRACES_SAMPLER_ARG: options.sampling } : {}),
      },
      preload(variant),
    )
  }
  const samples = new Map<string, Sample[]>()
  try {
    for (let round = -1; round < options.rounds; round++) {
      for (const route of routes) {
        for (let turn = 0; turn < variants.length; turn++) {
          const variant = variants[(turn + round + variants.length) % variants.length]!
          const warmUp = round === -1
          if (!values.json)
            progress(`${warmUp ? 'warm-up' : `round ${round + 1}/${options.rounds}`}: ${route} ${variant}`)
          const sample = await measureOnce(services[variant], sink, route, {
            ...options,
            delivers: variant !== 'bare',
            seconds: warmUp ? Math.min(2, options.seconds) : options.seconds,
          })
          if (!warmUp)
            samples.set(`${route} ${variant}`, [...(samples.get(`${route} ${variant}`) ?? []), sample])
        }
      }
    }
  } finally {
    for (const { child } of [...Object.values(services), sink]) child.kill('SIGKILL')
    await database.stop()
    if (!values.json) progress('')
  }
  return routes.flatMap(route =>
    variants.map(variant => {
      const taken = samples.get(`${route} ${variant}`)!
      return {
        route,
        variant,
        throughput: Math.round(median(taken.map(sample => sample.throughput))),
        p99Ms: round2(median(taken.map(sample => sample.p99Ms))),
        cpuUsPerRequest: Math.round(median(taken.map(sample => sample.cpuUsPerRequest))),
      }
    }),
  )
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
    throw new Error('Cannot compare: expected telemetry to arrive at the sink, got none')
  const saturated = await drive({ port: service.port, path, seconds: options.seconds, connections: 32 })
  if (options.delivers) await sleep(1000)
  const failures = paced.failures + saturated.failures
  if (failures > 0)
    throw new Error(`Cannot compare: expected every request to be answered with 200, ${failures} were not`)
  return {
    throughput: saturated.requests / saturated.seconds,
    p99Ms: paced.p99Ms,
    cpuUsPerRequest: (after.user + after.system - before.user - before.system) / paced.requests,
  }
}

function preload(variant: Variant): string[] {
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

function report(rows: Row[]): string {
  const lines = [
    'route     variant  throughput/s  of bare   p99 ms  of bare   CPU µs/request  added  of stock',
  ]
  for (const route of routes) {
    const of = (variant: Variant) => rows.find(row => row.route === route && row.variant === variant)!
    const added = (variant: Variant) => of(variant).cpuUsPerRequest - of('bare').cpuUsPerRequest
    for (const variant of variants) {
      const row = of(variant)
      const cells = [
        route.padEnd(9),
        variant.padEnd(7),
        String(row.throughput).padStart(13),
        percent(row.throughput / of('bare').throughput).padStart(8),
        row.p99Ms.toFixed(2).padStart(8),
        `${(row.p99Ms / of('bare').p99Ms).toFixed(2)}×`.padStart(8),
        String(row.cpuUsPerRequest).padStart(16),
        (variant === 'bare' ? '' : `+${added(variant)}`).padStart(6),
        (variant === 'kit' ? percent(added('kit') / added('stock')) : '').padStart(9),
      ]
      lines.push(cells.join(' ').trimEnd())
    }
  }
  return lines.join('\n')
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length / 2
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

function percent(ratio: number): string {
  return `${Math.round(ratio * 100)} %`
}

function round2(value: number): number {
  return Math.round(value * 100) / 100
}

function positive(option: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  console.error(`Cannot read --${option} "${text}": expected a number above 0`)
  process.exit(2)
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[2K${text}`)
  else if (text !== '') process.stderr.write(`${text}\n`)
}
