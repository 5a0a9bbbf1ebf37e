/** The whole way of an alert: the real shop breaks, a real Prometheus and Alertmanager notify the real receiver. */
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { objectives } from '../alerts/objectives.ts'
import { detectionTime, resetTime } from '../alerts/rule-tests/expected-times.ts'
import { type Notification, startReceiver } from '../compose/receiver/receiver.ts'
import { errors, errorsMean, requests, requestsMean } from '../contract/recorded-series.ts'
import { practice } from '../contract/windows.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { type Monitoring, monitoringPrograms, practiceMonitoring } from './support/monitoring-servers.ts'
import { placeOrder } from './support/shop-client.ts'

const needed = monitoringPrograms()

/** Requests per second. */
const rate = 20
const errorRatio = 0.2
const availability = objectives.find(objective => objective.name === 'shop-availability')!
const [fast] = practice.tiers as [(typeof practice.tiers)[0]]

describe.skipIf('missing' in needed)(
  'missing' in needed ? `alerts live (skipped: ${needed.missing})` : 'alerts live',
  () => {
    let lab: Lab
    let monitoring: Monitoring
    let receiver: Awaited<ReturnType<typeof startReceiver>>
    let load: { stop: () => Promise<void> }
    const lines: string[] = []

    beforeAll(async () => {
      lab = await startLab()
      receiver = await startReceiver({ host: '127.0.0.1', port: 0, print: line => lines.push(line) })
      load = visit(lab)
      const url = `http://127.0.0.1:${receiver.port}/notify`
      if ('missing' in needed) return
      const receivers = { page: url, ticket: url, deadMansSwitch: url }
      monitoring = await practiceMonitoring(lab, needed.programs, receivers, {
        history: healthyHistory(30 * 60),
      })
    })

    afterAll(async () => {
      await load?.stop()
      await monitoring?.stop()
      await receiver?.close()
      await lab?.stop()
    })

    const notifications = async (): Promise<Notification[]> =>
      (await (await fetch(`http://127.0.0.1:${receiver.port}/notifications`)).json()) as Notification[]
    const about = async (status: string, tier: string) =>
      (await notifications()).find(
        each =>
          each.status === status && each.labels.slo === 'shop-availability' && each.labels.burn_tier === tier,
      )
    const query = async (expr: string) => {
      const answer = await fetch(`${monitoring.prometheusUrl}/api/v1/query?query=${encodeURIComponent(expr)}`)
      const { data } = (await answer.json()) as {
        data: { result: { metric: Record<string, string>; value: [number, string] }[] }
      }
      return data.result
    }

    test('the healthy shop has data for every objective, burns nothing and pages nobody', async () => {
      await eventually(async () => {
        const recorded = await query('count by (slo) (slo:burn_rate:ratio)')
        expect(recorded.map(({ metric }) => metric.slo).toSorted()).toEqual(
          objectives.map(({ name }) => name).toSorted(),
        )
      }, 60_000)
      await wait(2 * practice.base * 1_000)
      expect(await query('ALERTS{severity="page", alertstate="firing"}')).toEqual([])
      expect((await notifications()).filter(each => each.labels.severity === 'page')).toEqual([])
    }, 150_000)

    test('the dead man’s switch is heard', async () => {
      await eventually(async () => {
        expect((await notifications()).some(each => each.receiver === 'dead-mans-switch')).toBe(true)
      }, 60_000)
    }, 90_000)

    test('a fault pages within the time the theory gives, the ticket is inhibited, and the page resolves', async () => {
      const scraped = 'sum(increase(http_server_request_duration_seconds_count{job="shop"}[4m]))'
      const history = Number((await query(scraped))[0]!.value[1]) / rate
      const expected = detectionTime(availability, practice, fast, { errorRatio, rate, history })!
      const started = Date.now()
      await switchFault(lab, 'POST', { intensity: errorRatio, duration: 600 })
      const page = await eventually(async () => {
        const found = await about('firing', 'fast')
        expect(found, monitoring.output()).toBeDefined()
        return found!
      }, 180_000)
      const detected = (Date.parse(page.time) - started) / 1_000
      // On top of the theory: a scrape, an evaluation, Alertmanager's wait, and a busy machine.
      const slack = practice.scrapeInterval + practice.evaluationInterval + 1 + 15
      expect(detected).toBeLessThan(expected + slack)

      expect(page.labels).toEqual({
        alertname: 'ShopAvailabilityBurn',
        slo: 'shop-availability',
        service: 'shop',
        severity: 'page',
        burn_tier: 'fast',
        owner: 'shop',
      })
      expect(page.receiver).toBe('page')
      expect(page.annotations.dashboard_url).toMatch(
        /\/d\/sightline-slo\?var-slo=shop-availability&viewPanel=panel-\d+$/,
      )
      const runbook = new URL(page.annotations.runbook_url!)
      expect((await fetch(`http://127.0.0.1:${receiver.port}${runbook.pathname}`)).status).toBe(200)
      expect(page.annotations.description).toMatch(/: [\d.]+% failed over 4m/)
      expect(lines.map(line => JSON.parse(line))).toContainEqual(
        expect.objectContaining({ level: 'error', alertname: 'ShopAvailabilityBurn', status: 'firing' }),
      )

      await eventually(async () => {
        const url = `${monitoring.alertmanagerUrl}/api/v2/alerts?filter=slo%3Dshop-availability`
        const held = (await (await fetch(url)).json()) as {
          labels: Record<string, string>
          status: { state: string; inhibitedBy: string[] }
        }[]
        const ticket = held.find(each => each.labels.burn_tier === 'slow')
        expect(ticket?.status).toMatchObject({ state: 'suppressed', inhibitedBy: [expect.any(String)] })
      }, 180_000)
      expect(await about('firing', 'slow')).toBeUndefined()

      const ended = Date.now()
      await switchFault(lab, 'DELETE')
      const resolved = await eventually(async () => {
        const found = await about('resolved', 'fast')
        expect(found, monitoring.output()).toBeDefined()
        return found!
      }, 240_000)
      const reset = (Date.parse(resolved.time) - ended) / 1_000
      const expectedReset = resetTime(availability, practice, fast, errorRatio)
      // Alertmanager tells of a change at the next interval of its group.
      expect(reset).toBeLessThan(expectedReset + slack + 10)
      expect(reset).toBeGreaterThan(expectedReset - practice.scrapeInterval - practice.evaluationInterval)
      console.log(
        `page after ${detected.toFixed(1)} s (theory ${expected.toFixed(1)} s), resolved after ${reset.toFixed(1)} s (theory ${expectedReset.toFixed(1)} s)`,
      )
    }, 720_000)
  },
)

async function switchFault(lab: Lab, method: 'POST' | 'DELETE', body?: object): Promise<void> {
  const response = await fetch(`${lab.shop.adminUrl}/faults/error-ratio`, {
    method,
    ...(body === undefined
      ? {}
      : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  })
  expect(response.ok, await response.text()).toBe(true)
}

/** Steady reads, and an order every two seconds. */
function visit(lab: Lab): { stop: () => Promise<void> } {
  let count = 0
  const underWay = new Set<Promise<unknown>>()
  const timer = setInterval(() => {
    count += 1
    const request =
      count % (2 * rate) === 0
        ? placeOrder(lab.shop.url)
        : fetch(`${lab.shop.url}/products/${1 + (count % 50)}`).then(answer => answer.text())
    const settled = request.catch(() => undefined).finally(() => underWay.delete(settled))
    underWay.add(settled)
  }, 1_000 / rate)
  return {
    stop: async () => {
      clearInterval(timer)
      await Promise.all(underWay)
    },
  }
}

/** The recorded rates of a shop that has long been running well, so that the ticket tiers may judge. */
function healthyHistory(seconds: number): string {
  const until = Math.floor(Date.now() / 1_000) - practice.base
  const series = ({ name }: { name: string }, value: number, interval: number) => {
    const points = Array.from(
      { length: seconds / interval },
      (_, index) => until - seconds + (index + 1) * interval,
    )
    return [
      `# TYPE ${name} gauge`,
      ...objectives.flatMap(({ name: slo, service }) =>
        points.map(time => `${name}{slo="${slo}",service="${service}"} ${value} ${time}`),
      ),
    ]
  }
  return [
    ...series(requests, rate, practice.evaluationInterval),
    ...series(errors, 0, practice.evaluationInterval),
    ...series(requestsMean, rate, practice.slowInterval),
    ...series(errorsMean, 0, practice.slowInterval),
    '# EOF',
    '',
  ].join('\n')
}
