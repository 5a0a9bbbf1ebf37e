/** What examples/checkout builds from the export, as somebody sees it who copies the example. */
import { expect, test } from 'vitest'
import { lint } from '../dashboards/kit/lint-rules/lint.ts'
import type { NativeDashboard } from '../dashboards/kit/native/dashboard.ts'
import { build } from '../examples/checkout/build.ts'

test('the example builds dashboards and rules in its own names alone', () => {
  const files = build()
  expect(Object.keys(files).toSorted()).toEqual([
    'dashboards/.lint',
    'dashboards/checkout-red.json',
    'dashboards/checkout-slo.json',
    'dashboards/checkout-use.json',
    'provisioning/dashboards.yaml',
    'rules-tests/causes-process.yaml',
    'rules-tests/slo-checkout-payments-slow.yaml',
    'rules-tests/slo-checkout-payments.yaml',
    'rules/causes-process.yaml',
    'rules/slo-checkout-payments-slow.yaml',
    'rules/slo-checkout-payments.yaml',
  ])
  const all = Object.values(files).join('\n')
  expect(all).toContain(
    'checkout_http_duration_seconds_bucket{job=~\\"$job\\", instance=~\\"$instance\\", path=~\\"$route\\"}',
  )
  expect(all).toContain('sum by (status)')
  expect(all).toContain('{{status}}')
  expect(all).toContain('${__field.labels.path}')
  expect(all).toContain('label_values(checkout_http_duration_seconds_count{job=~\\"$job\\"}, path)')
  for (const ours of ['http_server_', 'http_route', 'lab_', 'sightline', 'v8js_'])
    expect(all.includes(ours), ours).toBe(false)
})

test('the exported dashboards choose the service and keep the rules of lint', () => {
  for (const [path, content] of Object.entries(build())) {
    if (!path.endsWith('.json')) continue
    const dashboard = JSON.parse(content) as NativeDashboard
    const findings = lint(dashboard).filter(
      ({ rule }) => !/^(target|template)-(job|instance)-rule$/.test(rule),
    )
    expect(findings).toEqual([])
    const job = dashboard.templating.list.find(({ name }) => name === 'job')
    if (job) expect(job.current).toEqual({ text: ['checkout'], value: ['checkout'] })
  }
})
