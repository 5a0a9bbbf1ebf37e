/** What telemetry costs: the same service bare, with our kit whole and in parts, and with stock OpenTelemetry, interleaved in one run. */
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
import { type Measured, type Route, report, routes, rows, type Sample } from './overhead/report.ts'
import { delivers, environmentOf, nameOf, preload, type Variant, variantsOf } from './overhead/variants.ts'

export const usage = `Usage: npm run bench -- overhead [options]

Measures one service on a cached and a database route: bare, with the kit at several samplings, with
stock OpenTelemetry in two forms, and with the kit without each of its parts. Each round visits every
variant and route once, in changing order; figures are medians over the rounds, and ratios and
differences medians of those within a round, which a busy machine disturbs least. CPU and p99 are taken
at a fixed rate at which all telemetry is delivered, throughput at saturation.

stock has all instrumentations, SDK metrics and synchronous pino; fair has those of http, pg and pino,
which a careful person chooses (Fastify has none among them), and asynchronous pino.

  --rounds N      rounds (default 5)
  --seconds N     length of each measurement (default 4)
  --rate N        requests per second of the fixed-rate measurement (default 800)
  --sampling R    shares of the requests the kit traces (default 1,0.1,0.01), each a variant of its own;
                  the parts are those of a kit that traces everything, and need 1 among them
  --brief         only bare, the kit and stock, without fair and parts
  --json          print one array of rows {route, variant, throughput, p99Ms, cpuUsPerRequest}, with the
                  sampling of the kit when there are several, and with what a kit was without

DATABASE_URL names the Postgres to use; without it one is started.`

const folder = join(dirname(fileURLToPath(import.meta.url)), 'overhead')

export const options = {
  rounds: { type: 'string', default: '5' },
  seconds: { type: 'string', default: '4' },
  rate: { type: 'string', default: '800' },
  sampling: { type: 'string', default: '1,0.1,0.01' },
  brief: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

type Values = ReturnType<typeof parseArgs<{ options: typeof options }>>['values']

export async function run({ json, ...values }: Values): Promise<number> {
  const ratios = values.sampling.split(',').map(ratio)
  const measured = await measure({
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    rate: positive('rate', values.rate),
    variants: variantsOf(ratios, values.brief),
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
  for (const variant of variants)
    services.push(
      await start(
        'service.ts',
        {
          DATABASE_URL: database.url,
          OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${sink.port}`,
          ...environmentOf(variant),
        },
        preload(variant),
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
            delivers: delivers(variant),
            saturates: variant.without === undefined,
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

interface Service {
  child: ChildProcess
  port: number
}

async function measureOnce(
  service: Service,
  sink: Service,
  route: Route,
  options: { seconds: number; rate: number; delivers: boolean; saturates: boolean },
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
  if (options.delivers) await untilQuiet(sink)
  const after = await tell<NodeJS.CpuUsage>(service.child, 'cpu')
  const figures = {
    p99Ms: paced.p99Ms,
    cpuUsPerRequest: (after.user + after.system - before.user - before.system) / paced.requests,
  }
  expectAnswers(paced)
  if (!options.saturates) return figures
  const saturated = await drive({ port: service.port, path, seconds: options.seconds, connections: 32 })
  if (options.delivers) await sleep(1000)
  expectAnswers(saturated)
  return { ...figures, throughput: saturated.requests / saturated.seconds }
}

/** Something has come, and for a while nothing more, however late a busy machine delivers. */
async function untilQuiet(sink: Service): Promise<void> {
  for (let left = 60, hasCome = false; left > 0; left--) {
    const { bytes } = await tell<{ bytes: number }>(sink.child, 'reset')
    if (hasCome && bytes === 0) return
    hasCome ||= bytes > 0
    await sleep(500)
  }
  throw new UserError({
    action: 'compare',
    expected: 'telemetry to arrive at the sink within half a minute, and to end',
    got: 'none or no end',
  })
}

function expectAnswers({ failures }: { failures: number }): void {
  if (failures > 0)
    throw new UserError(
      `Cannot compare: expected every request to be answered with 200, ${failures} were not`,
    )
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
