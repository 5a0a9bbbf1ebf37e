/** The lab's alerts in a real Alertmanager, which notifies by its own configuration. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { freePorts } from '../support/ports.ts'
import { findAlertmanager, titled, use, whyMissing } from '../support/programs.ts'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

const found = findAlertmanager()
const missing = whyMissing(found)

describe.skipIf(missing !== undefined)(titled('a real Alertmanager', missing), () => {
  const folder = mkdtempSync(join(tmpdir(), 'lab-alertmanager-'))
  let isBroken = 1
  const told: string[] = []
  const service = createServer(async (request, response) => {
    if (request.method === 'GET') {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      return response.end(`broken ${isBroken}\n`)
    }
    let text = ''
    for await (const part of request.setEncoding('utf8')) text += part
    const { alerts } = JSON.parse(text) as { alerts: { status: string; labels: Record<string, string> }[] }
    for (const { status, labels } of alerts) told.push(`${labels.alertname} ${labels.severity} ${status}`)
    response.end()
  })
  let lab: RunningLab
  let alertmanager: ChildProcess
  let url: string
  let start: () => void

  beforeAll(async () => {
    await new Promise<void>(resolve => service.listen(0, '127.0.0.1', resolve))
    const target = `127.0.0.1:${(service.address() as AddressInfo).port}`
    const [port] = await freePorts(1)
    url = `http://127.0.0.1:${port}`
    const rule = { alert: 'Broken', expr: 'broken > 0', labels: { severity: 'page' } }
    writeFileSync(
      join(folder, 'own.yaml'),
      JSON.stringify({ groups: [{ name: 'own', interval: '1s', rules: [rule] }] }),
    )
    const configuration = {
      route: { receiver: 'hook', group_wait: '0s', group_interval: '1s' },
      receivers: [{ name: 'hook', webhook_configs: [{ url: `http://${target}` }] }],
    }
    writeFileSync(join(folder, 'alertmanager.json'), JSON.stringify(configuration))
    start = () => {
      alertmanager = spawn(
        use(found).program,
        [
          `--config.file=${join(folder, 'alertmanager.json')}`,
          `--storage.path=${join(folder, 'data')}`,
          '--cluster.listen-address=',
          `--web.listen-address=127.0.0.1:${port}`,
        ],
        { stdio: 'ignore' },
      )
    }
    lab = await startLab(['--no-shop', `--scrape=${target}`, `--rules=${folder}`, `--alertmanager=${url}/`])
  })
  afterAll(async () => {
    await lab?.stop()
    if (alertmanager?.exitCode === null) {
      alertmanager.kill('SIGTERM')
      await once(alertmanager, 'exit')
    }
    service.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('while it is not there, the page says so and the rules go on', async () => {
    await expect
      .poll(async () => (await getJson(`${lab.url}/api/v1/alerts`)).data.alerts.length, { timeout: 30_000 })
      .toBe(1)
    const answer = await fetch(`${lab.url}/api/v2/alerts`)
    expect([answer.status, await answer.text()]).toEqual([
      502,
      expect.stringContaining(`Cannot ask Alertmanager at ${url}: ECONNREFUSED`),
    ])
  })

  test('what fired meanwhile reaches it, and its end too', async () => {
    start()
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(['Broken page firing'])
    const [alert] = await getJson(`${lab.url}/api/v2/alerts`)
    expect(alert).toMatchObject({ labels: { alertname: 'Broken' }, receivers: [{ name: 'hook' }] })
    const { data } = await getJson(`${lab.url}/api/v1/rules?type=alert`)
    expect(alert.startsAt.slice(0, 19)).toBe(data.groups[0].rules[0].alerts[0].activeAt.slice(0, 19))
    isBroken = 0
    await expect.poll(() => told, { timeout: 30_000 }).toEqual(['Broken page firing', 'Broken page resolved'])
  })

  test('a silence given to the lab is the real one’s', async () => {
    const matchers = [{ name: 'alertname', value: 'Broken', isRegex: false, isEqual: true }]
    const hour = (hours: number) => new Date(Date.now() + hours * 3_600_000).toISOString()
    const body = { matchers, startsAt: hour(0), endsAt: hour(1), createdBy: 'test', comment: 'quiet' }
    const headers = { 'content-type': 'application/json' }
    const post = (value: object) =>
      fetch(`${lab.url}/api/v2/silences`, { method: 'POST', headers, body: JSON.stringify(value) })
    const { silenceID } = (await (await post(body)).json()) as { silenceID: string }
    const [silence] = await getJson(`${url}/api/v2/silences`)
    expect(silence).toMatchObject({ id: silenceID, status: { state: 'active' }, comment: 'quiet' })
    expect((await fetch(`${lab.url}/api/v2/silence/${silenceID}`, { method: 'DELETE' })).status).toBe(200)
    expect((await getJson(`${url}/api/v2/silences`))[0].status.state).toBe('expired')
    expect((await post({})).status).toBe(422)
  })

  test('the lab tells nothing of a notifier that it does not run', async () => {
    const text = await (await fetch(`${lab.url}/metrics`)).text()
    expect(text).toContain('prometheus_tsdb_head_series')
    expect(text).not.toMatch(/^alertmanager_(alerts|notifications_total)/m)
  })
})
