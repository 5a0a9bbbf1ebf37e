/** Lists the faults of the catalogue, starts and stops them in the running shop. */
import { fileURLToPath } from 'node:url'
import { formatDuration, parseDuration } from '../app/duration.ts'
import { defaultTarget, everyTarget, type Fault, faults, findFault } from '../app/faults/catalogue.ts'
import { type RoleReport, rolesOf, running, start, stop } from '../app/faults/client.ts'
import { got } from '../app/wrong-use.ts'
import { select } from '../contract/expr.ts'
import { command, UsageError } from './command.ts'

const usage = `Usage: npm run fault -- list
       npm run fault -- start ID [--intensity N] [--target NAME] [--for 5m]
       npm run fault -- stop [ID]

Breaks the running shop in a known way; every fault ends by itself.

  list              all faults, and which of them run
  start ID          start one; prints what to look at and which alert should fire
  stop [ID]         stop one, or all that run

  --intensity N     how much, in the unit the list shows
  --target NAME     route, queue, dependency or process to aim at
  --for DURATION    when it ends, such as 90s or 5m
  --json            machine-readable output

The processes are found by HOST, SHOP_ADMIN_PORT, PAYMENTS_ADMIN_PORT and WORKER_ADMIN_PORT, or on other machines by
SHOP_ADMIN_URL, PAYMENTS_ADMIN_URL and WORKER_ADMIN_URL.`

const options = {
  intensity: { type: 'string' },
  target: { type: 'string' },
  for: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const

type Given = { [name in 'intensity' | 'target' | 'for']?: string | undefined }

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const fault = command({
    name: 'fault',
    usage,
    options,
    words: true,
    run: async ({ json, ...given }, words) => {
      await main(words, given, json)
      return 0
    },
  })
  process.exitCode = await fault(process.argv.slice(2))
}

/** The symptom as a query to paste into Prometheus or Grafana. */
export function symptomQuery(fault: Fault, target: string): string {
  const { metric, reading, where, among, targetLabel } = fault.symptom
  const aimed = targetLabel === undefined || target === everyTarget ? {} : { [targetLabel]: target }
  const job = fault.symptom.seenIn ?? fault.targets[target]![0]!
  const series = (labels: object, part: 'bucket' | 'count' | 'sum' | '' = '') =>
    select(metric, { job, ...aimed, ...labels }, part)
  const rate = (labels: object, part: 'bucket' | 'count' | 'sum' | '' = '') =>
    `rate(${series(labels, part)}[1m])`
  const events = metric.kind === 'histogram' ? 'count' : ''
  switch (reading) {
    case 'value':
      return `sum(${series(where)})`
    case 'rate':
      return `sum(${rate(where, events)})`
    case 'busy':
      return `sum(${rate(where, 'sum')})`
    case 'mean':
      return `sum(${rate(where, 'sum')}) / sum(${rate(where, 'count')})`
    case 'p99':
      return `histogram_quantile(0.99, sum by (le) (${rate(where, 'bucket')}))`
    case 'share':
      return `sum(${rate(where, events)}) / sum(${rate(among, events)})`
  }
}

async function main([verb, id, ...rest]: string[], given: Given, json: boolean): Promise<void> {
  const tooMany = verb === 'list' ? [id, ...rest].filter(word => word !== undefined) : rest
  if (tooMany.length > 0)
    throw new UsageError(
      `Cannot read "${tooMany.join(' ')}": expected ${verb === 'list' ? 'nothing after list' : 'at most one fault'}`,
    )
  const [unused] = Object.keys(given)
  if (verb !== 'start' && unused !== undefined)
    throw new UsageError(`Cannot use --${unused}: expected it with start, got it with ${verb ?? 'nothing'}`)
  if (verb === 'list') return list(await running(), json)
  if (verb === 'start') return startOne(known(id), given, json)
  if (verb === 'stop') return stopSome(id === undefined ? undefined : known(id), json)
  throw new UsageError(`Cannot choose what to do: expected list, start or stop, got ${got(verb)}`)
}

function list(reports: RoleReport[], json: boolean): void {
  const runs = reports.flatMap(report => report.running ?? [])
  if (json) {
    print({
      faults: faults.map(fault => ({ ...fault, running: runs.filter(run => run.fault === fault.id) })),
      processes: reports.map(report => ({
        role: report.role,
        url: report.url,
        up: report.running !== undefined,
      })),
    })
    return
  }
  const rows = faults.map((fault: Fault) => [
    fault.id,
    stateOf(fault, reports),
    intensityOf(fault),
    formatDuration(fault.duration.default),
    aims(fault),
    fault.breaks,
  ])
  table([['FAULT', 'STATE', 'INTENSITY', 'ENDS IN', 'AIMS AT', 'WHAT IT BREAKS'], ...rows])
  for (const { unreachable } of reports) if (unreachable !== undefined) console.error(unreachable)
}

async function startOne(fault: Fault, given: Given, json: boolean): Promise<void> {
  const target = given.target ?? defaultTarget(fault)
  if (!Object.hasOwn(fault.targets, target))
    throw new UsageError(
      `Cannot aim ${fault.id}: expected ${Object.keys(fault.targets).join(', ')}, got ${got(target)}`,
    )
  const started = await start(fault, target, {
    ...(given.intensity === undefined ? {} : { intensity: readIntensity(fault, given.intensity) }),
    ...(given.for === undefined ? {} : { duration: readDuration(fault, given.for) }),
  })
  const { metric, reading, direction } = fault.symptom
  const look = {
    symptom: `${reading} of ${metric.name} goes ${direction}`,
    query: symptomQuery(fault, target),
    alert: fault.alert,
  }
  if (json) return print({ started, look })
  const seconds = (Date.parse(started.endsAt) - Date.parse(started.startedAt)) / 1000
  console.log(`Started ${fault.id} on ${target} in ${fault.targets[target]!.join(' and ')}: ${fault.does}`)
  table([
    ['  Intensity', `${withUnit(fault, started.intensity)} (${fault.intensity.means})`],
    ['  Ends', `by itself in ${formatDuration(seconds)}, or by \`npm run fault -- stop ${fault.id}\``],
    ['  Look at', look.symptom],
    ['  Query', look.query],
    ['  Alert', `${fault.alert.name} should fire within ${formatDuration(fault.alert.within)}`],
  ])
}

async function stopSome(fault: Fault | undefined, json: boolean): Promise<void> {
  const stopped = await stop(fault)
  if (json) return print({ stopped })
  if (stopped.length === 0)
    console.log(fault === undefined ? 'No fault was running' : `${fault.id} was not running`)
  for (const { fault: id, target } of stopped) console.log(`Stopped ${id} on ${target}`)
}

function known(id: string | undefined): Fault {
  const fault = id === undefined ? undefined : findFault(id)
  if (fault === undefined)
    throw new UsageError(
      `Cannot find a fault: expected one of ${faults.map(each => each.id).join(', ')}, got ${got(id)}`,
    )
  return fault
}

function readIntensity(fault: Fault, text: string): number {
  const { min, max, unit } = fault.intensity
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= min && value <= max) return value
  throw new UsageError(
    `Cannot set the intensity of ${fault.id}: expected ${min} to ${max} ${unit}, got ${got(text)}`,
  )
}

function readDuration(fault: Fault, text: string): number {
  let seconds: number
  try {
    seconds = parseDuration(text)
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
  if (seconds >= 1 && seconds <= fault.duration.max) return seconds
  throw new UsageError(
    `Cannot set the duration of ${fault.id}: expected 1s to ${formatDuration(fault.duration.max)}, got "${text}"`,
  )
}

function stateOf(fault: Fault, reports: RoleReport[]): string {
  const asked = reports.filter(report => rolesOf(fault).has(report.role))
  const run = asked.flatMap(report => report.running ?? []).find(each => each.fault === fault.id)
  if (run !== undefined) return `on, ${formatDuration((Date.parse(run.endsAt) - Date.now()) / 1000)} left`
  return asked.some(report => report.running === undefined) ? 'unknown' : 'off'
}

function aims(fault: Fault): string {
  const others = Object.keys(fault.targets).length - 1
  return others === 0 ? defaultTarget(fault) : `${defaultTarget(fault)} or ${others} others`
}

function intensityOf(fault: Fault): string {
  const { unit, min, max } = fault.intensity
  return unit === 'switch'
    ? 'switch'
    : `${withUnit(fault, fault.intensity.default)} (${compact(min)} to ${compact(max)})`
}

function withUnit(fault: Fault, value: number): string {
  return fault.intensity.unit === 'switch' ? 'on' : `${compact(value)} ${fault.intensity.unit}`
}

function compact(value: number): string {
  return value.toLocaleString('en', { notation: 'compact', maximumFractionDigits: 3 })
}

function table(rows: string[][]): void {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  for (const row of rows)
    console.log(
      row.map((cell, column) => (column === row.length - 1 ? cell : cell.padEnd(widths[column]!))).join('  '),
    )
}

function print(value: object): void {
  console.log(JSON.stringify(value, null, 2))
}
