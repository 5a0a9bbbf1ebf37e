/** Lists the faults of the catalogue, starts and stops them in the running shop. */
import { defaultTarget, type FaultId, faults, findFault } from '../app/faults/catalogue.ts'
import { running, start, stop } from '../app/faults/client.ts'
import type { Fault } from '../app/faults/fault.ts'
import { symptomQuery, symptomSentence } from '../app/faults/symptom.ts'
import { roundedDuration, seconds } from '../contract/durations.ts'
import { got, UserError, wrongUse } from '../contract/user-error.ts'
import { command } from './command.ts'
import { aligned, faultTable, withUnit } from './fault/tables.ts'
import { watch, watchProblem } from './fault/watch.ts'
import { oneOf } from './options.ts'

const usage = `Usage: npm run fault -- list
       npm run fault -- start ID [--intensity N] [--target NAME] [--for 5m] [--watch]
       npm run fault -- stop [ID]

Breaks the running shop in a known way; every fault ends by itself.

  list              all faults, and which of them run; exit code 1 when no process of the shop answers
  start ID          start one; prints what to look at and which alert should fire
  stop [ID]         stop one, or all that run

  --intensity N     how much, in the unit the list shows
  --target NAME     route, queue, dependency or process to aim at
  --for DURATION    when it ends, such as 90s or 5m
  --watch           wait for the notifications and say after how long each arrived; exit code 1 when the fault's
                    alert did not. Asks the receiver and Prometheus at RECEIVER_PORT and PROMETHEUS_PORT
  --json            machine-readable output

The processes are found by HOST, SHOP_ADMIN_PORT, PAYMENTS_ADMIN_PORT and WORKER_ADMIN_PORT, or on other machines by
SHOP_ADMIN_URL, PAYMENTS_ADMIN_URL and WORKER_ADMIN_URL.`

type Given = { [name in 'intensity' | 'target' | 'for']?: string | undefined } & {
  watch?: boolean | undefined
}

export const main = command({
  name: 'fault',
  usage,
  options: {
    intensity: { type: 'string' },
    target: { type: 'string' },
    for: { type: 'string' },
    watch: { type: 'boolean' },
    json: { type: 'boolean', default: false },
  },
  words: true,
  run: async ({ json, ...given }, [word, id, ...rest]) => {
    const verb = oneOf('choose what to do', word, ['list', 'start', 'stop'])
    const tooMany = verb === 'list' && id !== undefined ? [id, ...rest] : rest
    if (tooMany.length > 0)
      throw wrongUse({
        action: `read "${tooMany.join(' ')}"`,
        expected: verb === 'list' ? 'nothing after list' : 'at most one fault',
      })
    const [unused] = Object.keys(given)
    if (verb !== 'start' && unused !== undefined)
      throw wrongUse({ action: `use --${unused}`, expected: 'it with start', got: `it with ${verb}` })
    if (verb === 'list') return list(json)
    if (verb === 'start') return startOne(known(id), given, json)
    await stopSome(id === undefined ? undefined : known(id), json)
    return 0
  },
})

async function list(json: boolean): Promise<number> {
  const reports = await running()
  const runs = reports.flatMap(report => report.running ?? [])
  if (json)
    print({
      faults: faults.map(fault => ({ ...fault, running: runs.filter(run => run.fault === fault.id) })),
      processes: reports.map(report => ({
        role: report.role,
        url: report.url,
        up: report.running !== undefined,
      })),
    })
  else console.log(faultTable(reports))
  for (const { unreachable } of reports) if (unreachable !== undefined) console.error(unreachable)
  if (reports.some(({ isThere }) => isThere)) return 0
  console.error('No process of the shop answers: `npm run shop` starts it')
  return 1
}

async function startOne(fault: Fault, given: Given, json: boolean): Promise<number> {
  if (given.watch && json) throw wrongUse({ action: 'use --watch', expected: 'it without --json' })
  const problem = given.watch ? await watchProblem() : undefined
  if (problem !== undefined) throw new UserError(problem)
  const target = given.target ?? defaultTarget(fault)
  oneOf(`aim ${fault.id}`, target, Object.keys(fault.targets))
  const started = await start(fault, target, {
    ...(given.intensity === undefined ? {} : { intensity: readIntensity(fault, given.intensity) }),
    ...(given.for === undefined ? {} : { duration: readDuration(fault, given.for) }),
  })
  const look = {
    symptom: symptomSentence(fault),
    query: symptomQuery(fault, target),
    alert: fault.alert,
  }
  if (json) {
    print({ started, look })
    return 0
  }
  const length = (Date.parse(started.endsAt) - Date.parse(started.startedAt)) / 1000
  console.log(`Started ${fault.id} on ${target} in ${fault.targets[target]!.join(' and ')}: ${fault.does}`)
  console.log(
    aligned([
      ['  Intensity', `${withUnit(fault, started.intensity)} (${fault.intensity.means})`],
      ['  Ends', `by itself in ${roundedDuration(length)}, or by \`npm run fault -- stop ${fault.id}\``],
      ['  Symptom', look.symptom],
      ['  Query', look.query],
      ['  Alert', `${fault.alert.name} should fire within ${roundedDuration(fault.alert.within)}`],
    ]),
  )
  if (!given.watch) return 0
  const arrived = await watch({
    fault,
    startedAt: Date.parse(started.startedAt),
    endsAt: Date.parse(started.endsAt),
    print: line => console.log(line),
  })
  return arrived ? 0 : 1
}

async function stopSome(fault: Fault | undefined, json: boolean): Promise<void> {
  const stopped = await stop(fault)
  if (json) return print({ stopped })
  if (stopped.length === 0)
    console.log(fault === undefined ? 'No fault was running' : `${fault.id} was not running`)
  for (const { fault: id, target } of stopped) console.log(`Stopped ${id} on ${target}`)
}

function known(id: string | undefined): Fault {
  const ids = faults.map(fault => fault.id)
  return findFault(oneOf<FaultId>('find a fault', id, ids))!
}

function readIntensity(fault: Fault, text: string): number {
  const { min, max, unit } = fault.intensity
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (value >= min && value <= max) return value
  throw wrongUse({
    action: `set the intensity of ${fault.id}`,
    expected: `${min} to ${max} ${unit}`,
    got: got(text),
  })
}

function readDuration(fault: Fault, text: string): number {
  const length = seconds(text)
  if (length >= 1 && length <= fault.duration.max) return length
  throw wrongUse({
    action: `set the duration of ${fault.id}`,
    expected: `1s to ${roundedDuration(fault.duration.max)}`,
    got: got(text),
  })
}

function print(value: object): void {
  console.log(JSON.stringify(value, null, 2))
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
