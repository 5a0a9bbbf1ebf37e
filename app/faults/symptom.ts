/** The symptom of a fault: as a query to paste into Prometheus or Grafana, and in words. */
import { select } from '../../contract/expr.ts'
import { everyTarget, type Fault } from './fault.ts'

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

/** Such as: The share of http_server_request_duration_seconds with http_response_status_code="500" rises */
export function symptomSentence({ symptom: { metric, reading, direction, where } }: Fault): string {
  const { name } = metric
  const labels = Object.entries(where).map(([label, value]) => `${label}="${value}"`)
  const of = labels.length === 0 ? name : `${name} with ${labels.join(' and ')}`
  const subject = {
    value: of,
    rate: `The rate of ${of}`,
    busy: `The time per second in ${of}`,
    mean: `The mean of ${of}`,
    p99: `The 99th percentile of ${of}`,
    share: `The share of ${of}`,
  }[reading]
  return `${subject} ${direction === 'up' ? 'rises' : 'falls'}`
}
