/** Two days of a service with an outage and a blip, and rule files that judge them, for the tests of `npm run tune -- replay`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from '../../scripts/tune.ts'
import { runVerb } from './run-verb.ts'

/** Two days ending a day ago, so that every piece is over. */
const day = 86_400
export const start = Math.floor(Date.now() / 1000 / day) * day - 3 * day
const from = new Date((start + day / 2) * 1000).toISOString()
const to = new Date((start + 2 * day) * 1000).toISOString()
export const outage = { start: start + day + 10 * 3600, end: start + day + 10 * 3600 + 1800 }
export const blip = { start: start + day + 15 * 3600, end: start + day + 15 * 3600 + 360 }
export const iso = (time: number) => new Date(time * 1000).toISOString()

/** A request a second, of which a tenth fails in the outage and in a blip that nobody needs to hear of. */
function history(): string {
  const [all, failed, faults]: string[][] = [[], [], []]
  let [good, bad] = [0, 0]
  for (let time = start; time <= start + 2 * day; time += 60) {
    const within = ({ start, end }: typeof outage) => time > start && time <= end
    const isBad = within(outage) || within(blip)
    good += isBad ? 54 : 60
    bad += isBad ? 6 : 0
    all!.push(`my_requests_total{status="200"} ${good} ${time}`)
    failed!.push(`my_requests_total{status="500"} ${bad} ${time}`)
    faults!.push(`lab_fault_active{fault="error-ratio",target="*"} ${within(outage) ? 1 : 0} ${time}`)
  }
  return `# TYPE my_requests counter\n${[...all!, ...failed!].join('\n')}\n# TYPE lab_fault_active gauge\n${faults!.join('\n')}\n# EOF\n`
}

export const rules = (hold: string, threshold = 0.05) => `groups:
  - name: mine
    interval: 1m
    rules:
      - record: my:error_ratio
        expr: sum(rate(my_requests_total{status=~"5.."}[5m])) / sum(rate(my_requests_total[5m]))
      - alert: TooManyErrors
        expr: my:error_ratio > ${threshold}
        for: ${hold}
        labels: { severity: page }
`
export const incidents = `incidents:
  - id: outage
    title: A tenth fails
    start: ${iso(outage.start)}
    end: ${iso(outage.end)}
    labels: { service: shop }
`

/** Files below a folder of their own, and the options that name them. */
export function writeHistory() {
  const folder = mkdtempSync(join(tmpdir(), 'replay-'))
  const at = (file: string) => join(folder, file)
  writeFileSync(at('history.om'), history())
  writeFileSync(at('hasty.yaml'), rules('0s'))
  writeFileSync(at('patient.yaml'), rules('8m'))
  writeFileSync(at('deaf.yaml'), rules('1h'))
  writeFileSync(at('incidents.yaml'), incidents)
  const span = ['--from', from, '--to', to]
  return {
    folder,
    at,
    from,
    to,
    span,
    dump: ['--dump', at('history.om'), ...span],
    known: ['--incidents', at('incidents.yaml')],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export const replay = (...args: string[]) => runVerb(main, ['replay', ...args])
