/** The dashboards before real servers: promtool reads every query, Prometheus answers them, publishing meets an API. */
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { json } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { afterEach, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { interpolate } from '../dashboards/kit/live/interpolate.ts'
import { checkLive, expectServers } from '../dashboards/kit/live/live.ts'
import type { NativeDashboard } from '../dashboards/kit/native/dashboard.ts'
import { panelsOf } from '../dashboards/kit/native/dashboard.ts'
import { renderAll } from '../dashboards/outputs.ts'
import { plan, publish } from '../export/publish.ts'
import { eventually } from './support/eventually.ts'
import { freePort } from './support/ports.ts'
import { findPrometheus, findPromtool, titled, use, whyMissing } from './support/programs.ts'

const dashboards = renderAll()
const promtool = findPromtool()
const prometheus = findPrometheus()
const range = { from: 0, to: 900, step: 5, scrapeInterval: 5 }
const cleanups: (() => unknown)[] = []

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup()
})

test.skipIf(whyMissing(promtool))(
  titled('promtool accepts every PromQL query of every panel and annotation', whyMissing(promtool)),
  async () => {
    const queries = dashboards.flatMap(dashboard => [
      ...panelsOf(dashboard).flatMap(panel =>
        (panel.targets ?? [])
          .filter(target => target.datasource?.type === 'prometheus')
          .map(target => interpolate(target.expr!, dashboard, range)),
      ),
      ...dashboard.annotations.list.map(({ expr }) => interpolate(expr!, dashboard, range)),
    ])
    expect(queries.length).toBeGreaterThan(100)
    const file = join(temporaryFolder(), 'queries.yaml')
    const rules = queries.map((expr, index) => ({ record: `query:${index}`, expr }))
    writeFileSync(file, stringify({ groups: [{ name: 'queries', rules }] }, { lineWidth: 0 }))
    const { stdout } = await promisify(execFile)(use(promtool).program, ['check', 'rules', file])
    expect(stdout).toContain(`SUCCESS: ${queries.length} rules found`)
  },
)

test.skipIf(whyMissing(prometheus))(
  titled(
    'against a real Prometheus the live check tells data from emptiness and errors',
    whyMissing(prometheus),
  ),
  async () => {
    const exporter = await listen((_request, response) => {
      response.setHeader('content-type', 'text/plain; version=0.0.4')
      const seconds = process.uptime()
      response.end(
        [
          '# TYPE process_cpu_seconds_total counter',
          `process_cpu_seconds_total ${seconds}`,
          '# TYPE system_cpu_logical_count gauge',
          'system_cpu_logical_count 2',
          '# TYPE process_start_time_seconds gauge',
          'process_start_time_seconds 1700000000',
          '',
        ].join('\n'),
      )
    })
    const port = await freePort()
    const folder = temporaryFolder()
    writeFileSync(
      join(folder, 'prometheus.yml'),
      stringify({
        global: { scrape_interval: '1s' },
        scrape_configs: [{ job_name: 'shop', static_configs: [{ targets: [new URL(exporter.url).host] }] }],
      }),
    )
    const server = spawn(
      use(prometheus).program,
      [
        `--config.file=${folder}/prometheus.yml`,
        `--storage.tsdb.path=${folder}/data`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      { stdio: 'ignore' },
    )
    cleanups.push(
      () =>
        new Promise(resolve => {
          server.once('exit', resolve)
          server.kill()
        }),
    )
    const url = `http://127.0.0.1:${port}`
    const shown = dashboards.filter(({ uid }) => uid === 'sightline-use' || uid === 'sightline-stack')
    const resultOf = async (panel: string) => {
      const to = Math.floor(Date.now() / 1000)
      const results = await checkLive(
        shown,
        { prometheus: url },
        { from: to - 60, to, step: 1, scrapeInterval: 1 },
      )
      return results.find(each => each.panel === panel)!
    }
    await eventually(async () => expect((await resultOf('CPU utilisation')).outcome).toBe('data'), 30_000)
    expect((await resultOf('CPU utilisation')).answers).toMatchObject([{ outcome: 'data', series: 1 }])
    expect((await resultOf('Heap utilisation')).outcome).toBe('empty')
    expect(await resultOf('Notification p95')).toMatchObject({
      outcome: 'skipped',
      answers: [
        { detail: 'Prometheus scrapes no alertmanager, which has alertmanager_notification_latency_seconds' },
      ],
    })

    const broken = structuredClone(shown)
    panelsOf(broken[0]!)[0]!.targets![0]!.expr = 'sum('
    const [first] = await checkLive(broken, { prometheus: url }, range)
    expect(first).toMatchObject({
      outcome: 'error',
      answers: [{ detail: expect.stringContaining('expected status 200, got 400') }],
    })
  },
)

test('a server that is not there is an error with its address', async () => {
  const url = `http://127.0.0.1:${await freePort()}`
  const [first] = await checkLive(dashboards.slice(0, 1), { prometheus: url }, range)
  expect(first!.outcome).toBe('error')
  expect(first!.answers[0]!.detail).toContain(`Cannot query ${url}: expected an answer within 30 s`)
})

test.each(['null', '{"status":"success"}', '{"data":{"result":{}}}'])(
  "an answer that is not Prometheus' is shown: %s",
  async body => {
    const server = createServer((_, response) => response.end(body)).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const asked = expectServers({ prometheus: url })
    await expect(asked).rejects.toThrow(`expected data.result from /api/v1/query, got ${body}`)
    server.close()
  },
)

test('publishing plans, writes once, and then has nothing left to do', async () => {
  const grafana = await fakeGrafana({ token: 'secret' })
  const two = dashboards.slice(0, 2)
  expect((await plan(grafana, two)).map(({ status }) => status)).toEqual(['new', 'new'])
  expect(grafana.saved.size).toBe(0)

  await publish(grafana, two, 'My Team')
  expect([...grafana.saved.keys()]).toEqual(two.map(({ uid }) => uid))
  expect([...grafana.saved.values()].map(({ folderUid }) => folderUid)).toEqual(['my-team', 'my-team'])

  const again = await publish(grafana, two, 'My Team')
  expect(again.map(({ status }) => status)).toEqual(['same', 'same'])
  expect(grafana.posts).toBe(2)
})

test('the plan names the panels and settings that differ', async () => {
  const grafana = await fakeGrafana({ token: 'secret' })
  const [original] = structuredClone(dashboards) as [NativeDashboard]
  await publish(grafana, [original], 'Team')
  const changed = structuredClone(original)
  const [, first, second] = changed.panels
  first!.description = 'Said differently'
  changed.panels.splice(changed.panels.indexOf(second!), 1)
  changed.refresh = '1m'
  expect(await plan(grafana, [changed])).toEqual([
    {
      uid: original.uid,
      title: original.title,
      status: 'changed',
      differences: ['~ refresh', `~ panel "${first!.title}"`, `- panel "${second!.title}"`],
    },
  ])
})

test('a wrong address, a wrong token and a refused dashboard give one clear line each', async () => {
  const grafana = await fakeGrafana({ token: 'secret', refuse: 'sightline-red' })
  const nobody = { url: `http://127.0.0.1:${await freePort()}`, token: 'secret' }
  await expect(plan(nobody, dashboards)).rejects.toThrow(
    `Cannot reach Grafana at ${nobody.url}: expected an answer, got ECONNREFUSED`,
  )
  await expect(plan({ ...grafana, token: 'wrong' }, dashboards)).rejects.toThrow(
    `Cannot publish to ${grafana.url}: expected GRAFANA_TOKEN to be a token of an editor, got 401 Invalid API key`,
  )
  const page = await listen((_request, response) => {
    response.setHeader('content-type', 'text/html')
    response.end('<h1>Hello</h1>')
  })
  await expect(plan({ url: page.url }, dashboards)).rejects.toThrow(
    `Cannot publish to ${page.url}: expected the address of a Grafana, got 200 without JSON`,
  )
  const api = await listen((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' })
    response.end('{"message":"Not found"}')
  })
  await expect(plan({ url: api.url }, dashboards)).rejects.toThrow(
    `Cannot publish to ${api.url}: expected the address of a Grafana, got a server without its /api/health`,
  )
  const red = dashboards.filter(({ uid }) => uid === 'sightline-red')
  await expect(publish(grafana, red, 'Team')).rejects.toThrow(
    'Cannot publish dashboard sightline-red: expected Grafana to accept it, got 400 Cannot save provisioned dashboard',
  )
})

interface Posted {
  uid: string
  title: string
  dashboard: NativeDashboard
  folderUid: string
}

/** The few requests publishing makes, answered as Grafana answers them. */
async function fakeGrafana({ token, refuse }: { token: string; refuse?: string }) {
  const saved = new Map<string, { dashboard: NativeDashboard; folderUid: string }>()
  const folders: { uid: string; title: string }[] = []
  const grafana = { url: '', token, saved, posts: 0 }
  const { url } = await listen(async (request, response) => {
    const answer = (status: number, body: object) => {
      response.writeHead(status, { 'content-type': 'application/json' })
      response.end(JSON.stringify(body))
    }
    if (request.url === '/api/health') return answer(200, { database: 'ok', version: '12.2.0' })
    if (request.headers.authorization !== `Bearer ${token}`)
      return answer(401, { message: 'Invalid API key' })
    const path = request.url!
    const uid = path.split('/').at(-1)!
    if (request.method === 'GET') {
      if (path.startsWith('/api/folders?')) return answer(200, folders)
      const found = saved.get(uid)
      return found ? answer(200, found) : answer(404, { message: 'Not found' })
    }
    const body = (await json(request)) as Posted
    if (path === '/api/folders') {
      folders.push({ uid: body.uid, title: body.title })
      return answer(200, body)
    }
    if (body.dashboard.uid === refuse) return answer(400, { message: 'Cannot save provisioned dashboard' })
    grafana.posts++
    saved.set(body.dashboard.uid, {
      dashboard: Object.assign(body.dashboard, { id: 7, version: 3 }),
      folderUid: body.folderUid,
    })
    return answer(200, { status: 'success' })
  })
  return Object.assign(grafana, { url })
}

async function listen(
  handler: Parameters<typeof createServer>[1] & {},
): Promise<{ url: string; server: Server }> {
  const server = createServer(handler)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanups.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'dashboards-'))
  cleanups.push(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
