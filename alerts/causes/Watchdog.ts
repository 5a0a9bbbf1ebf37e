import type { AlertDefinition } from './kit/alert.ts'

export const Watchdog: AlertDefinition = {
  group: 'monitoring',
  dashboard: 'sightline-stack',
  atOnce: true,
  service: 'monitoring',
  severity: 'none',
  rule: () => ({
    expr: 'vector(1)',
    summary: 'Alerting works',
    description: 'Fires always; whoever expects it and no longer gets it knows that alerting is broken',
  }),
  tests: ({ alert, labels, annotations }, preset) => [
    {
      name: `${alert} fires without any data`,
      interval: preset.scrapeInterval,
      series: [],
      checks: [{ at: 0, alert, firing: [{ labels, annotations }] }],
    },
  ],
}
