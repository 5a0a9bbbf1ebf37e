import { expect, test } from 'vitest'
import type { Notification } from './notifications.ts'
import { notificationsPage } from './page.ts'

const now = new Date('2026-01-01T12:00:00Z')
const grafanaUrl = 'http://localhost:13000'

test('newest first, pages above tickets, and what has ended no longer among what fires', () => {
  const shown = show([
    came(50, 'RetryStorm', 'ticket', 'resolved'),
    came(60, 'CpuHeadroomLow', 'ticket'),
    came(120, 'ShopAvailabilityBurn', 'page'),
    came(180, 'CacheHitRatioLow', 'ticket'),
    came(240, 'RetryStorm', 'ticket'),
  ])
  expect(shown).toContain('Firing now: 1 page, 2 tickets')
  const [firing, all] = shown.split('Everything that came') as [string, string]
  expect(namesIn(firing)).toEqual(['ShopAvailabilityBurn', 'CpuHeadroomLow', 'CacheHitRatioLow'])
  expect(namesIn(all)).toEqual([
    'RetryStorm',
    'CpuHeadroomLow',
    'ShopAvailabilityBurn',
    'CacheHitRatioLow',
    'RetryStorm',
  ])
  expect(shown).toContain('<title>(1) Notifications</title>')
})

test('the watchdog is one folded line that says so when it has gone silent', () => {
  const beats = (secondsAgo: number) =>
    Array.from({ length: 40 }, (_, index) => came(secondsAgo + 30 * index, 'Watchdog', 'none'))
  const shown = show(beats(12))
  expect(shown).toContain('<summary>Alerting works: the watchdog was heard 12 s ago</summary>')
  expect(shown).toContain('has come 40 times')
  expect(shown.match(/<tr/g)).toBeNull()
  expect(show(beats(181))).toContain('Alerting is silent: the watchdog was last heard 3 min ago')
  expect(show([])).toContain('No word from the watchdog yet')
})

test('what Alertmanager holds back is shown as such, and so is not knowing it', () => {
  const held = { ...came(90, 'RetryStorm', 'ticket'), by: ['ShopAvailabilityBurn'] }
  expect(show([], [held])).toMatch(
    /Firing, but held back: 1<.*RetryStorm, inhibited by ShopAvailabilityBurn/s,
  )
  expect(show([], [{ ...held, by: [] }])).toContain('RetryStorm, silenced')
  expect(show([], new Error('connect ECONNREFUSED'))).toContain('Held back: unknown')
  expect(show([])).not.toContain('held back')
})

test('runbooks lead to the pages here, dashboards to the Grafana of this stack, and nothing to a script', () => {
  const annotations = {
    runbook_url: 'http://localhost:9094/runbooks/RetryStorm',
    dashboard_url: 'http://localhost:3000/d/sightline-dependencies?var-job=shop',
  }
  const shown = show([{ ...came(10, 'RetryStorm', 'ticket'), annotations }])
  expect(shown).toContain('<a href="/runbooks/RetryStorm">Runbook</a>')
  expect(shown).toContain(
    '<a href="http://localhost:13000/d/sightline-dependencies?var-job=shop" rel="noreferrer">Dashboard</a>',
  )
  const hostile = show([
    {
      ...came(10, '<script>x</script>', 'page'),
      annotations: {
        summary: '<img src=x onerror=x>',
        dashboard_url: 'javascript:alert(1)',
        runbook_url: 'javascript:alert(2)',
      },
    },
  ])
  expect(hostile).not.toMatch(/<script|<img|href="javascript/)
  expect(hostile).toContain('&lt;img src=x onerror=x&gt;')
})

test('a flood is counted instead of listed', () => {
  const shown = show(Array.from({ length: 900 }, (_, index) => came(index, `Alert${index}`, 'page')))
  expect(shown.match(/<article/g)).toHaveLength(50)
  expect(shown.match(/<tr/g)).toHaveLength(200)
  expect(shown).toContain('and 850 more')
})

function show(
  newestFirst: Notification[],
  heldBack?: Parameters<typeof notificationsPage>[0]['heldBack'],
): string {
  return notificationsPage({ newestFirst, heldBack, grafanaUrl, now })
}

function came(
  secondsAgo: number,
  alertname: string,
  severity: string,
  status: Notification['status'] = 'firing',
): Notification {
  const time = new Date(now.getTime() - 1_000 * secondsAgo).toISOString()
  return {
    time,
    receiver: severity === 'none' ? 'dead-mans-switch' : severity,
    status,
    alertname,
    labels: { alertname, severity, service: 'shop' },
    annotations: { summary: `Summary of ${alertname}` },
    startsAt: time,
    endsAt: status === 'resolved' ? time : undefined,
  }
}

function namesIn(part: string): string[] {
  return [...part.matchAll(/Summary of (\w+)/g)].map(([, name]) => name!)
}
