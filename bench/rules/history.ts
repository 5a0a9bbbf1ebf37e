/**
 * Samples as thirty days leave them: every recording that some rule reads over a window, and raw counters for as far
 * back as a tier looks. A naive ratio over the period would read ten times as many.
 */

import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { duration, seconds } from '../../contract/durations.ts'
import { production } from '../../contract/windows.ts'
import { httpServer } from '../../otel/signals.ts'
import { type Group, services } from './forms.ts'

interface Density {
  /** Seconds between two samples of a counter. */
  scrapeInterval: number
  /** Routes of each service; each is counted by two instances in three codes. */
  routes: number
}

const instances = ['one:1', 'two:1']
const perSecond = { 200: 50, 404: 1, 500: 0.01 }

interface Written {
  series: number
  samples: number
}

export async function writeHistory(
  file: string,
  groups: readonly Group[],
  end: number,
  { scrapeInterval, routes }: Density,
): Promise<Written> {
  const out = createWriteStream(file)
  const written = { series: 0, samples: 0 }
  const rawDays = Math.max(...production.tiers.map(tier => tier.long))

  async function write(series: string, length: number, interval: number, valueAt: (age: number) => number) {
    const begin = end - length
    written.series++
    let text = ''
    for (let time = begin; time <= end; time += interval) {
      text += `${series} ${valueAt(time - begin)} ${time}\n`
      written.samples++
      if (text.length > 1_000_000) {
        if (!out.write(text)) await once(out, 'drain')
        text = ''
      }
    }
    out.write(text)
  }

  const { name } = httpServer.duration
  out.write(`# TYPE ${name}_count unknown\n`)
  for (const job of services)
    for (const instance of instances)
      for (let route = 0; route < routes; route++)
        for (const [code, rate] of Object.entries(perSecond))
          await write(
            `${name}_count${labelled({ job, instance, http_route: `/${route}`, http_response_status_code: code })}`,
            rawDays + 3_600,
            scrapeInterval,
            age => Math.round(age * rate),
          )
  for (const [record, each] of readOverWindows(groups)) {
    out.write(`# TYPE ${record} gauge\n`)
    for (const { labels, interval } of each)
      await write(
        `${record}${labelled(labels)}`,
        production.period,
        interval,
        age => 0.0002 + (age % 600) / 1e7,
      )
  }
  out.end('# EOF\n')
  await once(out, 'finish')
  return written
}

/** Labels and interval of the recordings, by name; several rules may write the same series. */
function readOverWindows(groups: readonly Group[]) {
  const expressions = groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)).join('\n')
  const byName = new Map<string, { labels: Record<string, string>; interval: number }[]>()
  for (const { interval, rules } of groups)
    for (const { record, labels = {} } of rules) {
      if (record === undefined || !new RegExp(`(?<![\\w:])${record}({[^}]*})?\\[`).test(expressions)) continue
      const series = {
        labels,
        interval: seconds(interval ?? duration(production.evaluationInterval)),
      }
      byName.set(record, [...(byName.get(record) ?? []), series])
    }
  return byName
}

function labelled(labels: Record<string, string>): string {
  return `{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(',')}}`
}
