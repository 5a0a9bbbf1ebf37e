/** Ports, metric names and dashboards' uids are written down once, here or in otel/signals.ts; all else reads them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { dashboardUids } from './links.ts'
import { ports } from './ports.ts'
import { namedSeries } from './recorded-series.ts'
import { allMetrics } from './shop-signals.ts'
import { allStackMetrics } from './stack-signals.ts'

/** `text` may also stand in files whose path begins like this. */
const allowed: readonly { path: string; text: RegExp; reason: string }[] = [
  {
    path: 'export/mapping.ts',
    text: /_/,
    reason: 'says what a metric is called elsewhere, by its name here; a name that is none is a type error',
  },
  {
    path: 'alerts/',
    text: /^sightline-/,
    reason:
      'the dashboard of an alert has the type DashboardUid, so a uid that does not exist is a type error',
  },
  {
    path: 'alerts/causes/DependencySlow.ts',
    text: /^8081$/,
    reason: 'a label of a made-up series in its test; any number would do',
  },
  {
    path: 'alerts/',
    text: /^ALERTS$/,
    reason: 'rule tests ask for the series that Prometheus itself writes of alerts, by its fixed name',
  },
]

const texts: readonly { kind: string; text: string; home: RegExp }[] = [
  ...Object.values(ports).map(({ number }) => ({
    kind: 'port',
    text: `${number}`,
    home: /^contract\/ports\.ts$/,
  })),
  ...[...allMetrics, ...allStackMetrics, ...Object.values(namedSeries)]
    // `up` is a word of many sentences.
    .filter(({ name }) => name.length > 2)
    .map(({ name }) => ({
      kind: 'metric',
      text: name,
      home: /^(otel\/signals\/|contract\/(shop|stack)-signals|contract\/stack-signals\/|contract\/recorded-series)/,
    })),
  ...Object.values(dashboardUids).map(text => ({ kind: 'uid', text, home: /^contract\/links\.ts$/ })),
]

/** Product code: tests state what they expect by themselves, and the engines know no metric of ours. */
const sources = new Map(
  execFileSync('git', ['ls-files', '-co', '--exclude-standard', '*.ts'], { encoding: 'utf8' })
    .split('\n')
    .filter(path => /^(otel|contract|app|alerts|dashboards|compose|export|scripts)\//.test(path))
    .filter(path => !/\.test\.ts$|^otel\/testing\//.test(path))
    .map(path => [path, withoutComments(readFileSync(path, 'utf8'))]),
)

test.each(texts)('$kind $text stands in one place', ({ text, home }) => {
  const places = placesOf(text)
  expect(places.filter(path => home.test(path)).length).toBeLessThanOrEqual(1)
  expect(places.filter(path => !home.test(path) && !isAllowed(path, text))).toEqual([])
})

test('no exception is idle', () => {
  const used = allowed.filter(({ path, text }) =>
    texts.some(each => text.test(each.text) && placesOf(each.text).some(place => place.startsWith(path))),
  )
  expect(used).toEqual(allowed)
})

test('addresses in the documents have ports of the lab', () => {
  const known = new Set(Object.values(ports).map(({ number }) => `${number}`))
  const documents = execFileSync('git', ['ls-files', '*.md', 'compose.yaml'], { encoding: 'utf8' }).split(
    '\n',
  )
  const addresses = documents.filter(Boolean).flatMap(path =>
    [...readFileSync(path, 'utf8').matchAll(/(?:localhost|127\.0\.0\.1):(\d+)/g)].map(([, port]) => ({
      path,
      port: port!,
    })),
  )
  expect(addresses.length).toBeGreaterThan(5)
  expect(addresses.filter(({ port }) => !known.has(port))).toEqual([])
})

function placesOf(text: string): string[] {
  const whole = new RegExp(`(?<![\\w:.-])${text}(?![\\w-])`)
  return [...sources].filter(([, source]) => whole.test(source)).map(([path]) => path)
}

function isAllowed(path: string, text: string): boolean {
  return allowed.some(each => path.startsWith(each.path) && each.text.test(text))
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '')
}
