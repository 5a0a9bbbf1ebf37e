/** An outage replayed in one process: samples in, a query and an alert out. No server, no clock, no waiting. */
import {
  createEvaluator,
  createStore,
  instantQuery,
  labelsOf,
  loadRules,
} from '../../engines/promql/index.ts'

const rules = `
groups:
  - name: shop
    interval: 15s
    rules:
      - record: shop:error_ratio:5m
        expr: sum(rate(requests_total{code="500"}[5m])) / sum(rate(requests_total[5m]))
      - alert: ShopErrors
        expr: shop:error_ratio:5m > 0.05
        for: 1m
        annotations:
          summary: '{{ $value | humanizePercentage }} of all requests fail'
`

const minute = 60_000
const outage = { start: 20 * minute, end: 30 * minute }

/** What happened, line by line. */
export function replay(): string[] {
  const lines: string[] = []
  const store = createStore()
  const [fine, failed] = ['200', '500'].map(code =>
    store.series(
      labelsOf([
        ['__name__', 'requests_total'],
        ['code', code],
      ]),
    ),
  )
  for (let time = 0, good = 0, bad = 0; time <= 60 * minute; time += 15_000) {
    fine!.append(time, good)
    failed!.append(time, bad)
    if (time >= outage.start && time < outage.end) bad += 150
    else good += 150
  }

  const evaluator = createEvaluator(loadRules(rules, 'shop.yml'), store, {
    onTransition: ({ time, from, alert }) =>
      lines.push(`${time / minute}m ${from} → ${alert.state}: ${alert.annotations.get('summary')}`),
  })
  evaluator.runRange(0, 60 * minute)

  const worst = instantQuery(store, 'scalar(max_over_time(shop:error_ratio:5m[1h]))', 60 * minute)
  if (worst.type === 'scalar') lines.push(`worst error ratio ${worst.value}`)
  return lines
}

if (import.meta.main) console.log(replay().join('\n'))
