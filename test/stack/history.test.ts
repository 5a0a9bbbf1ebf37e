/** The invented past: the same for the same time, survives interruptions, and is what the real rules carry on from. */

import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { objectives } from '../../alerts/objectives.ts'
import { findFault } from '../../app/faults/catalogue.ts'
import { writeGenerated } from '../../compose/generated-files.ts'
import { backfill } from '../../compose/history/backfill.ts'
import { syntheticMarker } from '../../compose/history/counters.ts'
import { historyText } from '../../compose/history/openmetrics.ts'
import { incidentFault, pastOf } from '../../compose/history/past.ts'
import { findServer, type RunningServer, startServer } from '../../compose/native.ts'
import { loopback, type Target } from '../../compose/targets.ts'
import { practice } from '../../contract/windows.ts'
import { eventually } from '../support/eventually.ts'
import { freePorts } from '../support/ports.ts'
import { findPromtool, titled, whyMissing } from '../support/programs.ts'

const folder = mkdtempSync(join(tmpdir(), 'stack-history-'))
const now = Math.floor(Date.now() / 1000)
const promtool = findPromtool()
const prometheus = findServer('prometheus')

afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('the same time has the same past', () => {
  const digest = () => {
    const hash = createHash('sha256')
    for (const chunk of historyText(practice, 1_800_000_000)) hash.update(chunk)
    return hash.digest('hex')
  }
  expect(digest()).toBe(digest())
})

test('the incident is a fault of the catalogue and promises its alert', () => {
  const fault = findFault(incidentFault.fault)
  expect(Object.keys(fault?.targets ?? {})).toContain(incidentFault.target)
  expect(incidentFault.alertname).toBe(fault?.alert.name)
})

test('every sample is a number', () => {
  let lines = 0
  for (const chunk of historyText(practice, now))
    for (const line of chunk.split('\n').filter(Boolean)) {
      lines++
      if (!/^(# EOF|[a-zA-Z_:][\w:]*(\{.*\})? -?\d[\d.e+-]* \d+)$/.test(line)) expect(line).toBe('a sample')
    }
  expect(lines).toBeGreaterThan(500_000)
})

test('an unwritable folder ends in one line', async () => {
  writeFileSync(join(folder, 'file'), '')
  await expect(backfill({ data: join(folder, 'file'), preset: practice, now })).rejects.toThrow(
    /^Cannot write the history: expected .*file to be a folder this user may write to, got \w+$/,
  )
})

test('a missing promtool ends in one line, and leaves nothing that looks done', async () => {
  const data = join(folder, 'no-promtool')
  await expect(backfill({ data, preset: practice, now, promtool: 'no-such-promtool' })).rejects.toThrow(
    /^Cannot make blocks of the history: expected no-such-promtool to succeed, got no such program$/,
  )
  expect(readdirSync(data)).toEqual(['.history'])
})

test("data of Prometheus' own is left alone", async () => {
  const data = join(folder, 'foreign')
  mkdirSync(join(data, 'wal'), { recursive: true })
  expect(await backfill({ data, preset: practice, now })).toBe('foreign')
  expect(readdirSync(data)).toEqual(['wal'])
})

describe.skipIf('missing' in promtool)(titled('blocks', whyMissing(promtool)), () => {
  const ports = { prometheus: 0, alertmanager: 0 }
  let target: Target
  let data: string

  beforeAll(async () => {
    const [first, second] = await freePorts(2)
    Object.assign(ports, { prometheus: first, alertmanager: second })
    target = loopback({ ports, data: join(folder, 'data'), generated: folder })
    data = target.data('prometheus')
    writeGenerated(folder, [target])
  })

  test('a start that was cut off while it made blocks begins anew', async () => {
    mkdirSync(join(data, '.history', 'blocks', 'half'), { recursive: true })
    expect(await backfill({ data, preset: practice, now })).toBe('written')
    expect(existsSync(join(data, '.history'))).toBe(false)
    expect(existsSync(join(data, 'half'))).toBe(false)
  })

  test('a start that was cut off while it moved blocks carries on', async () => {
    const blocks = readdirSync(data).filter(name => !name.startsWith('.'))
    expect(blocks.length).toBeGreaterThan(1)
    mkdirSync(join(data, '.history', 'blocks'), { recursive: true })
    renameSync(join(data, blocks[0]!), join(data, '.history', 'blocks', blocks[0]!))
    writeFileSync(join(data, '.history', 'blocks.json'), JSON.stringify(blocks))
    rmSync(join(data, '.history-done'))
    expect(await backfill({ data, preset: practice, now })).toBe('completed')
    expect(readdirSync(data).filter(name => !name.startsWith('.'))).toEqual(blocks)
  })

  test('a second start leaves them as they are', async () => {
    const before = readdirSync(data)
    expect(await backfill({ data, preset: practice, now: now + 3600 })).toBe('present')
    expect(readdirSync(data)).toEqual(before)
  })

  describe.skipIf('missing' in prometheus)(titled('in Prometheus', whyMissing(prometheus)), () => {
    let server: RunningServer
    beforeAll(async () => {
      if ('program' in prometheus)
        server = await startServer('prometheus', prometheus.program, target, practice)
    })
    afterAll(() => server?.stop())

    test('the period is full, its budget partly spent, and the incident paged', async () => {
      const past = pastOf(practice, now)
      const at = (time: number, expression: string) => query(expression, time)
      expect(await at(past.end, 'slo:period_coverage:ratio')).toHaveLength(objectives.length)
      for (const { value } of await at(past.end, 'slo:error_budget_remaining:ratio')) {
        expect(Number(value[1])).toBeGreaterThan(0.2)
        expect(Number(value[1])).toBeLessThan(0.97)
      }
      const paged = await at(past.incident.end - 1, 'ALERTS{alertstate="firing",severity="page"}')
      expect(paged.map(({ metric }) => metric.slo)).toContain('checkout-availability')
      expect(await at(past.incident.start - 1, 'ALERTS')).toEqual([])
      expect(await at(past.end, syntheticMarker)).toHaveLength(1)
      const rate = 'sum(rate(http_server_request_duration_seconds_count[5m]))'
      expect(Number((await at(past.end, rate))[0]?.value[1])).toBeGreaterThan(1)
    })

    test('the rules carry on from it and nothing fires', { timeout: 90_000 }, async () => {
      await eventually(async () => {
        const time = Math.floor(Date.now() / 1000)
        const recorded = await query(
          `slo:period_error_ratio:ratio and timestamp(slo:period_error_ratio:ratio) > ${now}`,
          time,
        )
        expect(recorded).toHaveLength(objectives.length)
        for (const { value } of recorded) expect(Number(value[1])).toBeLessThan(0.01)
        for (const { value } of await query('slo:period_coverage:ratio', time))
          expect(Number(value[1])).toBeGreaterThan(0.98)
      }, 80_000)
      const firing = await query('ALERTS{alertstate="firing",burn_tier!=""}', Math.floor(Date.now() / 1000))
      expect(firing).toEqual([])
    })
  })

  async function query(expression: string, time: number): Promise<Sample[]> {
    const parameters = new URLSearchParams({ query: expression, time: String(time) })
    const answer = await fetch(`http://127.0.0.1:${ports.prometheus}/api/v1/query?${parameters}`)
    const { data: found } = (await answer.json()) as { data: { result: Sample[] } }
    return found.result
  }
})

interface Sample {
  metric: Record<string, string>
  value: [number, string]
}
