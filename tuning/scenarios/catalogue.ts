/** The scenarios that come with the workbench: what real months are made of, each with one lesson about alerting. */
import { day, hour, type Incident, minute, type Scenario, type Traffic, type Wanted } from './scenario.ts'

const busy: Traffic = { daily: 0.5, weekend: 0.6 }
const usual = { traffic: busy, errors: { burn: 0.1 }, slow: { burn: 0.1 }, jitter: 2 * hour } as const

export const scenarios: readonly Scenario[] = [
  scenario('healthy', 'A month in which nothing happens', []),
  scenario('outage', 'Everything fails for half an hour', [
    incident('outage', at(6, 14), 30 * minute, 'page', { errors: 1, slow: 1 }),
  ]),
  scenario('short-outage', 'Everything fails for five minutes', [
    incident('outage', at(8, 10), 5 * minute, 'page', { errors: 1, slow: 1 }),
  ]),
  scenario('night-outage', 'Everything fails for a quarter of an hour at night', [
    incident('outage', at(9, 3), 15 * minute, 'page', { errors: 1, slow: 1 }),
  ]),
  scenario('fast-burn', 'A bad release burns the budget twenty times too fast', [
    incident('release', at(7, 11), 2 * hour, 'page', { errors: { burn: 20 }, slow: { burn: 20 } }),
  ]),
  scenario('medium-burn', 'A degraded dependency burns eight times too fast', [
    incident('degraded', at(10, 9), 10 * hour, 'page', { errors: { burn: 8 }, slow: { burn: 8 } }),
  ]),
  scenario('slow-burn', 'A small bug burns four times too fast for two days', [
    incident('bug', at(11, 9), 2 * day, 'ticket', { errors: { burn: 4 }, slow: { burn: 4 } }),
  ]),
  scenario('trickle', 'A corner case burns twice too fast for a week', [
    incident('corner-case', at(12, 9), 7 * day, 'ticket', { errors: { burn: 2 }, slow: { burn: 2 } }),
  ]),
  scenario('error-spike', 'Everything fails for twenty seconds, now and then', [
    ...[4, 9, 15, 20, 26].map(day =>
      incident(`spike-${day}`, at(day, 13), 20, 'nothing', { errors: 1, slow: 1 }),
    ),
  ]),
  scenario('flapping', 'Errors come and go every few minutes', [
    incident('flapping', at(13, 15), 2 * hour, 'page', {
      errors: { burn: 60 },
      slow: { burn: 60 },
      flapping: { on: 2 * minute, off: 4 * minute },
    }),
  ]),
  scenario('latency-regression', 'A release makes requests slow', [
    incident('slow-release', at(6, 10), 5 * hour, 'page', { slow: { burn: 18 } }),
  ]),
  scenario('latency-creep', 'A table without an index gets slower by the day', [
    incident('creep', at(9, 0), 4 * day, 'ticket', { slow: { burn: 5 }, ramp: true }),
  ]),
  scenario('one-instance', 'One of the instances fails half of its requests', [
    incident('instance', at(14, 12), 90 * minute, 'page', {
      errors: { burn: 60 },
      slow: { burn: 60 },
      instances: [0],
    }),
  ]),
  scenario(
    'deploys',
    'A deploy every working day restarts the instances one after the other, with a blip each',
    weekdays(3, 28).flatMap(day => [
      ...[0, 1].map(instance =>
        incident(`deploy-${day}-${instance}`, at(day, 10) + instance * 5 * minute, 30, 'nothing', {
          errors: 0.05,
          slow: 0.05,
          instances: [instance],
          reset: true,
        }),
      ),
    ]),
    { jitter: 20 * minute },
  ),
  scenario('brown-out', 'A dependency answers slowly and some calls to it fail', [
    incident('brown-out', at(16, 17), 45 * minute, 'page', {
      errors: { burn: 40 },
      slow: { burn: 40 },
      traffic: 0.8,
    }),
  ]),
  scenario('traffic-drop', 'A holiday: a twentieth of the traffic, failing no more than usual', [
    incident('holiday', at(13, 0), 2 * day, 'nothing', { traffic: 0.05 }),
  ]),
  scenario('counter-resets', 'Instances are killed and start again', [
    ...[5, 8, 12, 17, 23].map((day, index) =>
      incident(`kill-${day}`, at(day, 4), 15, 'nothing', { reset: true, instances: [index % 2] }),
    ),
  ]),
  scenario('scrape-gap', 'Scrapes fail for some minutes, and once for the better part of an hour', [
    incident('short-gap', at(6, 9), 4 * minute, 'nothing', { unseen: true }),
    incident('blind', at(18, 16), 50 * minute, 'page', { unseen: true }),
  ]),
  scenario('retry-storm', 'Clients try again and again: four times the traffic, much of it in vain', [
    incident('storm', at(15, 20), 25 * minute, 'page', {
      errors: { burn: 150 },
      slow: { burn: 60 },
      traffic: 4,
    }),
  ]),
  scenario(
    'cold-start',
    'A new service: a bumpy first minute, and a week later a real outage',
    [
      incident('first-minute', at(5, 8), minute, 'nothing', { errors: 0.2, slow: 0.4, traffic: 0.1 }),
      incident('outage', at(12, 11), 20 * minute, 'page', { errors: 1, slow: 1 }),
    ],
    { begins: at(5, 8), jitter: 0 },
  ),
  scenario('quiet-nights', 'Hardly anybody comes at night, and a single failure is a large share', [], {
    traffic: { daily: 0.6, night: 0.002 },
    errors: { burn: 0.4 },
    slow: { burn: 0.4 },
  }),
  scenario(
    'low-traffic',
    'A service that few use: single failures, and one outage of an hour',
    [incident('outage', at(17, 10), hour, 'page', { errors: 1, slow: 1 })],
    { traffic: { level: 0.01, daily: 0.3 }, errors: { burn: 0.4 }, slow: { burn: 0.4 } },
  ),
  scenario(
    'bursts',
    'Ten times the traffic for ten minutes every few hours, failing no more than usual',
    [],
    {
      traffic: { daily: 0.4, bursts: { every: 7 * hour, length: 10 * minute, times: 10 } },
      errors: { burn: 0.3 },
      slow: { burn: 0.3 },
    },
  ),
  scenario(
    'growth',
    'Traffic doubles every two weeks until the service cannot keep up in the evening',
    [incident('overload', at(24, 18), 3 * hour, 'page', { errors: { burn: 18 }, slow: { burn: 30 } })],
    { traffic: { daily: 0.6, weeklyGrowth: 1.4 } },
  ),
  scenario('three-outages', 'The same failure three times in one day, ten minutes each', [
    ...[9, 13, 18].map(hour =>
      incident(`outage-${hour}`, at(19, hour), 10 * minute, 'page', {
        errors: { burn: 300 },
        slow: { burn: 80 },
      }),
    ),
  ]),
  scenario('long-outage', 'Half of everything fails for six hours, and the long windows remember', [
    incident('outage', at(10, 1), 6 * hour, 'page', { errors: 0.5, slow: 0.5 }),
  ]),
  scenario('ramp', 'A certificate expires: failures grow from none to all within an hour', [
    incident('certificate', at(20, 2), hour, 'page', { errors: 1, slow: 1, ramp: true }),
  ]),
  scenario('lingering', 'An outage that is mended only for the most part', [
    incident('outage', at(8, 12), 20 * minute, 'page', { errors: 1, slow: 1 }),
    incident('rest', at(8, 12) + 20 * minute, 2 * day, 'ticket', {
      errors: { burn: 3.5 },
      slow: { burn: 3.5 },
    }),
  ]),
  scenario(
    'nightly-job',
    'A job at night fails some requests for a minute',
    Array.from({ length: 26 }, (_, index) =>
      incident(`job-${index + 3}`, at(index + 3, 2), minute, 'nothing', {
        errors: { burn: 40 },
        slow: { burn: 40 },
      }),
    ),
    { jitter: 10 * minute },
  ),
  scenario('weekend-outage', 'An outage on a quiet Sunday morning', [
    incident('outage', at(20, 6), 40 * minute, 'page', { errors: { burn: 200 }, slow: { burn: 70 } }),
  ]),
]

function scenario(
  name: string,
  title: string,
  incidents: readonly Incident[],
  rest: Partial<Scenario> = {},
): Scenario {
  return { ...usual, name, title, incidents, ...rest }
}

function incident(
  id: string,
  start: number,
  length: number,
  wanted: Wanted,
  effect: Incident['effect'],
): Incident {
  return { id, title: id.replaceAll('-', ' '), start, end: start + length, wanted, effect }
}

/** The days are counted from 0. */
function at(days: number, hours: number): number {
  return days * day + hours * hour
}

function weekdays(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index).filter(each => each % 7 < 5)
}
