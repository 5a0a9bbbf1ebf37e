/**
 * What the fault catalogue promises: each fault at its defaults, under the load of `npm run load`, on the real shop and
 * a real Prometheus with the practice rules. `ok:long` tries some of each kind and process, `ok:soak` all of them, and
 * LAB_FAULTS those it names: `LAB_FAULTS=cache-off,pool-leak`.
 */
import { availableParallelism, loadavg } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { defaultTarget, type FaultId, faults } from '../app/faults/catalogue.ts'
import { start, stop } from '../app/faults/client.ts'
import type { Fault } from '../app/faults/fault.ts'
import { defaultMix, type LoadRun, startLoad } from '../app/load/generator.ts'
import { practice } from '../contract/windows.ts'
import { type OtlpReceiver, startOtlpReceiver } from '../otel/testing/otlp-receiver.ts'
import { eventually } from './support/eventually.ts'
import { type Lab, startLab } from './support/lab-processes.ts'
import { type Monitoring, monitoringPrograms, practiceMonitoring } from './support/monitoring-servers.ts'

const needed = monitoringPrograms()

const isSoak = process.env.SIGHTLINE_SOAK === '1'
const some: readonly FaultId[] = [
  'error-ratio',
  'payments-down',
  'payments-slow',
  'poison-messages',
  'slow-consumer',
  'cache-off',
  'telemetry-down',
  'crash',
]
const asked: readonly string[] = process.env.LAB_FAULTS?.split(',') ?? some
const tried = faults.filter(({ id }) => isSoak || asked.includes(id))
const longestBurnWindow = practice.rawUpTo
const busyMachineSeconds = 30

describe.skipIf('missing' in needed)(
  'missing' in needed ? `promised alerts (skipped: ${needed.missing})` : 'promised alerts',
  () => {
    let lab: Lab
    let monitoring: Monitoring
    let load: LoadRun
    let backend: OtlpReceiver
    let ending = false

    beforeAll(async () => {
      backend = await startOtlpReceiver()
      lab = await startLab({
        env: {
          OTEL_EXPORTER_OTLP_ENDPOINT: backend.endpoint,
          LOG_STDOUT: 'off',
        },
      })
      for (const role of ['shop', 'payments', 'worker'] as const) {
        process.env[`${role.toUpperCase()}_ADMIN_PORT`] = new URL(lab[role].adminUrl).port
        void restartAfterCrash(role)
      }
      load = startLoad({
        url: lab.shop.url,
        traffic: { rate: 20, spikes: [] },
        spacing: 'poisson',
        duration: Number.POSITIVE_INFINITY,
        seed: 1,
        mix: defaultMix,
        maxInFlight: 500,
        timeout: 10,
      })
      if ('missing' in needed) return
      monitoring = await practiceMonitoring(lab, needed.programs, {
        page: nobody,
        ticket: nobody,
        deadMansSwitch: nobody,
      })
    })

    afterAll(async () => {
      ending = true
      load?.stop()
      await load?.finished
      await monitoring?.stop()
      await lab?.stop()
      await backend?.stop()
    })

    async function restartAfterCrash(role: 'shop' | 'payments' | 'worker') {
      for (;;) {
        await lab[role].ended
        if (ending) return
        await lab.restart(role)
      }
    }

    const firing = async (): Promise<{ labels: Record<string, string>; activeAt: string }[]> => {
      const answer = await fetch(`${monitoring.prometheusUrl}/api/v1/alerts`)
      const { data } = (await answer.json()) as {
        data: { alerts: { labels: Record<string, string>; state: string; activeAt: string }[] }
      }
      return data.alerts.filter(({ state, labels }) => state === 'firing' && labels.severity !== 'none')
    }
    const names = async () => new Set((await firing()).map(({ labels }) => labels.alertname!))

    test('the healthy shop under load raises nothing', async () => {
      await wait((isSoak ? longestBurnWindow : 60) * 1_000)
      const raised = (await firing()).map(({ labels }) => labels.alertname)
      // Other work on this machine can take the CPU the shop needs, and then every alert on that is right.
      const machine = `${availableParallelism()} processors with a load of ${loadavg()[0]!.toFixed(1)}`
      expect(raised, machine).toEqual([])
    }, 400_000)

    test('the faults to try are in the catalogue', () => {
      expect(tried.length).toBe(isSoak ? faults.length : asked.length)
    })

    for (const fault of tried) {
      const { alert, id } = fault
      const title = `${id} raises ${alert.name} within ${alert.within} s`
      test(title, { timeout: (alert.within + 600) * 1_000 }, async ({ task }) => {
        const { after, besides } = await keepsPromise(fault)
        task.meta.figures = [
          [id, alert.name, `${alert.within} s`, `${after} s`, besides.join(', ') || 'none'],
        ]
      })
    }

    async function keepsPromise(fault: Fault): Promise<{ after: number; besides: string[] }> {
      const { name, within } = fault.alert
      await eventually(async () => expect([...(await names())]).not.toContain(name), 400_000)
      const before = await names()
      const started = Date.now()
      const elapsed = () => (Date.now() - started) / 1_000
      await start(fault, defaultTarget(fault), { duration: Math.min(within + 120, fault.duration.max) })
      const fired = new Map<string, number>()
      try {
        while (!fired.has(name) && elapsed() < within + busyMachineSeconds) {
          await wait(500)
          for (const each of await names())
            if (!before.has(each) && !fired.has(each)) fired.set(each, Math.round(elapsed()))
        }
      } finally {
        await eventually(async () => void (await stop(fault)), 60_000)
      }
      const seen = [...fired].map(([each, seconds]) => `${each} ${seconds} s`).join(', ') || 'nothing'
      console.log(`${fault.id}: ${seen}; promised ${name} within ${within} s`)
      expect(fired.get(name), `fired: ${seen}`).toBeLessThanOrEqual(within)
      return { after: fired.get(name)!, besides: [...fired.keys()].filter(each => each !== name) }
    }
  },
)

/** Nobody listens there: this test asks Prometheus itself. */
const nobody = 'http://127.0.0.1:9/'
