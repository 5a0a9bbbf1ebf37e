/** Rules of somebody's own, changed while the lab runs. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { getJson, type RunningLab, startLab } from '../support/running-lab.ts'

const folder = mkdtempSync(join(tmpdir(), 'lab-rules-'))
let lab: RunningLab

const write = (name: string, rules: object[]) =>
  writeFileSync(join(folder, name), JSON.stringify({ groups: [{ name, interval: '1s', rules }] }))
const alert = (name: string) => ({ alert: name, expr: 'vector(1)', labels: { severity: 'page' } })

beforeAll(async () => {
  write('first.yaml', [alert('Stays')])
  write('second.yaml', [alert('Kept'), alert('Goes'), { record: 'one', expr: 'vector(1)' }])
  lab = await startLab(['--no-shop', `--rules=${folder}`])
})
afterAll(async () => {
  await lab?.stop()
  rmSync(folder, { recursive: true })
})

type Alert = { labels: Record<string, string>; activeAt: string }
const active = async (): Promise<Record<string, string>> => {
  const { alerts } = (await getJson(`${lab.url}/api/v1/alerts`)).data as { alerts: Alert[] }
  return Object.fromEntries(alerts.map(({ labels, activeAt }) => [labels.alertname, activeAt]))
}
const names = async () => Object.keys(await active()).sort()
const notified = async () =>
  ((await getJson(`${lab.url}/api/v2/alerts`)) as Alert[]).map(({ labels }) => labels.alertname).sort()
const recorded = async () => (await getJson(`${lab.url}/api/v1/query?query=one`)).data.result.length

test('what stays goes on, what is new begins, what is gone ends', async () => {
  await expect.poll(names).toEqual(['Goes', 'Kept', 'Stays'])
  await expect.poll(notified).toEqual(['Goes', 'Kept', 'Stays'])
  await expect.poll(recorded).toBe(1)
  const before = await active()
  write('second.yaml', [alert('Kept'), alert('Comes')])
  await expect.poll(names).toEqual(['Comes', 'Kept', 'Stays'])
  await expect.poll(notified).toEqual(['Comes', 'Kept', 'Stays'])
  expect(await active()).toMatchObject({ Kept: before.Kept, Stays: before.Stays })
  // A series whose rule is gone ends at once, not after five minutes.
  expect(await recorded()).toBe(0)
})

test('a file that is wrong changes nothing, and is taken once it is right', async () => {
  write('third.yaml', [{ alert: 'Wrong', expr: 'sum(' }])
  write('first.yaml', [alert('Stays'), alert('Waits')])
  await new Promise(resolve => setTimeout(resolve, 2500))
  expect(await names()).toEqual(['Comes', 'Kept', 'Stays'])
  write('third.yaml', [alert('Right')])
  await expect.poll(names).toEqual(['Comes', 'Kept', 'Right', 'Stays', 'Waits'])
})
