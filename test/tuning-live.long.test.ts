/**
 * Scenarios of the catalogue on the real shop, fifteen times faster as the practice preset has it: faults and visitors do
 * what the scenario says, a real Prometheus evaluates the rules, and the same alerts fire and end as in the simulation.
 *
 * The machine must not be so busy that the shop refuses visitors. Tolerance: what chance does to the simulation over 20 seeds, and beyond that one scrape, one evaluation of the alert's
 * group (neither begins with the scenario on a real server) and 5 s for a busy machine.
 */
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { plainGroups, toYaml } from '../alerts/rules.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { startLoad } from '../app/load/generator.ts'
import { type Journey, journeys } from '../app/load/journeys.ts'
import { intervalOf, practice, production, type Severity } from '../contract/windows.ts'
import { loadRules } from '../engines/promql/rules/load.ts'
import { httpServer } from '../otel/signals.ts'
import { scenarios } from '../tuning/scenarios/catalogue.ts'
import { playEvents, shareOf } from '../tuning/scenarios/events.ts'
import type { Incident } from '../tuning/scenarios/scenario.ts'
import { exposition } from '../tuning/simulate/exposition.ts'
import { type Firing, simulate } from '../tuning/simulate/run.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { totalOf } from './support/metrics-of.ts'
import { monitoringPrograms, practiceMonitoring } from './support/monitoring-servers.ts'
import { getJson } from './support/running-lab.ts'

const run = promisify(execFile)
const needed = monitoringPrograms()
const objective = objectives.find(({ name }) => name === 'shop-availability')!
const budget = 1 - objective.objective / 100
const faster = production.period / practice.period

/** Requests per second. */
const rate = 20
/** Seconds of health before the incident, and from the start of the visitors to the end of the test. */
const [lead, length] = [120, 600]
const seeds = 20
const busyMachine = 5

/** Seconds since the visitors began; `to` is left out while it fires at the end. */
interface Told {
  alert: string
  severity: Severity
  from: number
  to: number | undefined
}

describe.skipIf('missing' in needed)(
  'missing' in needed ? `scenarios live (skipped: ${needed.missing})` : 'scenarios live',
  () => {
    let lab: Lab

    beforeAll(async () => {
      lab = await startLab()
      // A shop that has run for long has failed before: a first failure of a route is a series that begins with it.
      await fail(lab, 1, 5)
      const visitors = visit(lab, 5)
      await visitors.finished
    })

    afterAll(async () => {
      await lab?.stop()
    })

    test.each(['outage', 'brown-out', 'retry-storm'])(
      '%s gives the alerts of its simulation',
      { timeout: (length + 300) * 1000 },
      async name => {
        const incident = practised(scenarios.find(scenario => scenario.name === name)!.incidents[0]!)
        const { live, replayed, measuredRate, failed } = await replayLive(lab, incident)
        const simulated = Array.from({ length: seeds }, (_, seed) =>
          simulatedAlerts({ ...incident, ...failed }, measuredRate, seed + 1),
        )
        console.log(`${name} at ${measuredRate.toFixed(1)} requests/s\n${comparison(live, simulated)}`)
        expect(live.some(({ severity }) => severity === 'page')).toBe(true)
        expectReplayed(replayed, live)
        const always = simulated
          .map(each => each.map(keyIn))
          .reduce((all, keys) => all.filter(key => keys.includes(key)))
        const fired = live.map(keyIn)
        expect(fired).toEqual(expect.arrayContaining(always))
        for (const [index, told] of live.entries()) {
          const same = simulated.flatMap(each =>
            each.filter((other, at) => keyIn(other, at, each) === fired[index]),
          )
          expect(same.length, `${fired[index]} fired live and in no simulation`).toBeGreaterThan(0)
          const slack = practice.scrapeInterval + intervalOf(practice, told.severity) + busyMachine
          expectAmong(
            told.from,
            same.map(({ from }) => from),
            slack,
            `${fired[index]} fires`,
          )
          const ends = same.map(({ to }) => to ?? length)
          expectAmong(told.to ?? length, ends, slack, `${fired[index]} ends`)
        }
      },
    )
  },
)

/** The same incident on the clock of the practice preset. */
function practised(incident: Incident): Incident {
  return { ...incident, start: lead, end: lead + (incident.end - incident.start) / faster }
}

async function replayLive(lab: Lab, { effect, start, end }: Incident) {
  if ('missing' in needed) throw new Error(needed.missing)
  const receivers = { page: nobody, ticket: nobody, deadMansSwitch: nobody }
  const monitoring = await practiceMonitoring(lab, needed.programs, receivers, {
    relabelling: withoutRefusals,
  })
  const { traffic = 1 } = effect
  const visitors = visit(lab, length, [{ factor: traffic, start, length: end - start }])
  try {
    const began = Date.now()
    const [before, refusedBefore] = await counts(lab)
    await wait(start * 1000)
    const measuredRate = ((await counts(lab))[0] - before) / ((Date.now() - began) / 1000)
    const { startedAt, endsAt } = await fail(lab, shareOf(effect.errors!, budget), end - start)
    const since = (time: string) => (Date.parse(time) - began) / 1000
    await visitors.finished
    const [after, refusedAfter] = await counts(lab)
    const refused = (refusedAfter - refusedBefore) / (after - before)
    expect(refused, 'share of visitors that the shop refused because this machine is too busy').toBeLessThan(
      0.02,
    )
    const query = `ALERTS{slo="${objective.name}",alertstate="firing"}[${length}s]`
    const { data } = await getJson(
      `${monitoring.prometheusUrl}/api/v1/query?query=${encodeURIComponent(query)}&time=${began / 1000 + length}`,
    )
    const live = (data.result as { metric: Record<string, string>; values: [number, string][] }[]).flatMap(
      ({ metric, values }) =>
        episodesOf(
          metric,
          values.map(([time]) => time - began / 1000),
        ),
    )
    return {
      live: inOrder(live),
      replayed: await replayed(monitoring.prometheusUrl, began / 1000),
      measuredRate,
      /** When it really began and ended. */
      failed: { start: since(startedAt), end: since(endsAt) },
    }
  } finally {
    visitors.stop()
    await visitors.finished
    await monitoring.stop()
  }
}

/** Visitors, and those among them that were refused. */
function counts({ shop }: Lab): Promise<[number, number]> {
  return Promise.all([
    totalOf(shop, httpServer.duration),
    totalOf(shop, httpServer.duration, { http_response_status_code: '503' }),
  ])
}

/** What `npm run tune -- replay` makes of the same minutes: it knows the fault by the metric that the shop has of it. */
async function replayed(url: string, began: number): Promise<Told[]> {
  const cache = mkdtempSync(join(tmpdir(), 'live-'))
  const span = ['--from', String(began), '--to', String(began + length)]
  const policy = ['--slo', objective.name, '--preset', practice.name]
  try {
    const { stdout } = await run(process.execPath, [
      ...['scripts/tune.ts', 'replay', '--prometheus', url, ...span, '--faults', ...policy],
      ...['--cache', cache, '--json'],
    ])
    const [{ verdict, firings }] = JSON.parse(stdout).results
    expect(verdict.incidents).toHaveLength(1)
    expect(verdict.incidents[0].detection).toBeDefined()
    return toldBy(firings, began)
  } finally {
    rmSync(cache, { recursive: true })
  }
}

/** Of the same samples, so that only the clock of the evaluations may differ. */
function expectReplayed(replayed: readonly Told[], live: readonly Told[]): void {
  expect(replayed.map(keyIn).toSorted()).toEqual(live.map(keyIn).toSorted())
  for (const [index, told] of live.entries()) {
    const key = keyIn(told, index, live)
    const same = replayed.filter((other, at) => keyIn(other, at, replayed) === key)
    const slack = intervalOf(practice, told.severity)
    expectAmong(
      told.from,
      same.map(({ from }) => from),
      slack,
      `${key} fires, by replay,`,
    )
    expectAmong(
      told.to ?? length,
      same.map(({ to }) => to ?? length),
      slack,
      `${key} ends, by replay,`,
    )
  }
}

/** An alert writes a sample at each evaluation at which it fires. */
function episodesOf(labels: Record<string, string>, times: readonly number[]): Told[] {
  const severity = labels.severity as Severity
  const interval = intervalOf(practice, severity)
  const found: Told[] = []
  for (const time of times) {
    const last = found.at(-1)
    if (last?.to !== undefined && time - last.to < 1.5 * interval) last.to = time + interval
    else found.push({ alert: nameIn(labels), severity, from: time, to: time + interval })
  }
  return found.map(each => (each.to! > length ? { ...each, to: undefined } : each))
}

function simulatedAlerts(incident: Incident, measuredRate: number, seed: number): Told[] {
  const { scrapeInterval, evaluationInterval } = practice
  const scenario = {
    name: incident.id,
    title: '',
    traffic: {},
    errors: 0,
    slow: 0,
    jitter: 0,
    incidents: [incident],
  }
  const play = {
    length: length + scrapeInterval,
    scrapeInterval,
    rate: measuredRate,
    instances: 1,
    budget,
    seed,
  }
  const inputs = exposition(objective, playEvents(scenario, play), scrapeInterval)
  const rules = loadRules(toYaml({ groups: plainGroups(sloGroups([objective], practice)) }, ''), 'practice')
  const { firings, errors } = simulate(rules, inputs, {
    end: length * 1000,
    interval: evaluationInterval * 1000,
  })
  expect(errors).toEqual([])
  return toldBy(firings, 0)
}

function toldBy(firings: readonly Firing[], began: number): Told[] {
  const since = (time: number) => time / 1000 - began
  return inOrder(
    firings.flatMap(({ firedAt, resolvedAt, labels }) =>
      firedAt == null
        ? []
        : [
            {
              alert: nameIn(labels),
              severity: labels.severity as Severity,
              from: since(firedAt),
              to: resolvedAt == null ? undefined : since(resolvedAt),
            },
          ],
    ),
  )
}

function nameIn({ alertname, burn_tier }: Record<string, string>): string {
  return [alertname, burn_tier].filter(Boolean).join(' ')
}

function inOrder(told: readonly Told[]): Told[] {
  return told.toSorted((a, b) => a.from - b.from)
}

/** The second time that the same alert fires is another thing than the first. */
function keyIn({ alert }: Told, index: number, all: readonly Told[]): string {
  return `${alert} #${all.slice(0, index).filter(other => other.alert === alert).length + 1}`
}

function expectAmong(value: number, others: readonly number[], slack: number, what: string): void {
  const [earliest, latest] = [Math.min(...others), Math.max(...others)]
  const text = `${what} live at ${value.toFixed(1)} s, simulated at ${earliest} to ${latest} s`
  expect(value, text).toBeGreaterThanOrEqual(earliest - slack)
  expect(value, text).toBeLessThanOrEqual(latest + slack)
}

function comparison(live: readonly Told[], simulated: readonly Told[][]): string {
  const whole = (time: number | undefined) => time?.toFixed(0) ?? 'the end'
  const range = (times: readonly number[]) =>
    [...new Set([Math.min(...times), Math.max(...times)].map(whole))].join('–')
  return live
    .map((told, index) => {
      const key = keyIn(told, index, live)
      const same = simulated.flatMap(each => each.filter((other, at) => keyIn(other, at, each) === key))
      const ends = same.map(({ to }) => to ?? length)
      return `${key}: live ${whole(told.from)} to ${whole(told.to)}, simulated ${range(same.map(({ from }) => from))} to ${range(ends)} (${same.length} of ${seeds} seeds)`
    })
    .join('\n')
}

/** One request each, so that a failure does not keep others from coming. */
function visit(lab: Lab, duration: number, spikes: { factor: number; start: number; length: number }[] = []) {
  const look: Journey = {
    weight: 1,
    async walk({ call, random }) {
      await call({ method: 'GET', path: `/products/${1 + Math.floor(random() * 50)}` })
    },
  }
  return startLoad(
    {
      url: lab.shop.url,
      traffic: { rate, spikes },
      spacing: 'poisson',
      duration,
      seed: 1,
      mix: { browse: 1 },
      maxInFlight: 500,
      timeout: 10,
    },
    { ...journeys, browse: look },
  )
}

async function fail(
  lab: Lab,
  intensity: number,
  duration: number,
): Promise<{ startedAt: string; endsAt: string }> {
  const answer = await fetch(`${lab.shop.adminUrl}/faults/error-ratio`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ intensity, duration }),
  })
  const text = await answer.text()
  expect(answer.ok, text).toBe(true)
  return JSON.parse(text)
}

/** A shop that lacks CPU refuses visitors with 503, which no scenario knows of: other work on the machine is not judged. */
const withoutRefusals = [{ source_labels: ['http_response_status_code'], regex: '503', action: 'drop' }]

/** Nobody listens there: this test asks Prometheus itself. */
const nobody = 'http://127.0.0.1:9/'
