/** The compose file itself, where a Docker engine has its images: what the README promises of the first five minutes. */

import { execFile, execFileSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { ailments, containersOf, engineProblem } from '../../compose/engine.ts'
import { publishedPorts } from '../../compose/preflight.ts'
import { eventually } from '../support/eventually.ts'
import { freePorts } from '../support/ports.ts'
import { titled } from '../support/programs.ts'

const root = fileURLToPath(new URL('../../', import.meta.url))
const patience = 240_000
const slow = patience + 60_000

const problem = engineProblem() ?? missingImages()

describe.skipIf(problem !== undefined)(titled('docker compose up', problem), () => {
  const published = publishedPorts({})
  const address: Record<string, string> = {}
  /** A project and ports of its own, so that a stack that runs here is left alone. */
  const environment: Record<string, string> = { COMPOSE_PROJECT_NAME: 'sightline-test' }

  beforeAll(async () => {
    const free = await freePorts(published.length)
    published.forEach(({ name, variable }, index) => {
      environment[variable] = String(free[index])
      address[name] = `http://127.0.0.1:${free[index]}`
    })
    Object.assign(process.env, environment)
    await compose('up', '--detach', '--no-build', '--wait')
  }, 900_000)
  afterAll(async () => {
    await compose('down', '--volumes', '--timeout', '10')
    for (const name of Object.keys(environment)) delete process.env[name]
  }, slow)

  test('every container is healthy', () => {
    expect(ailments(containersOf(root))).toEqual([])
  })

  test('a bad setting ends in one line that names it', async () => {
    const env = { ...process.env, SIGHTLINE_PRESET: 'fast' }
    const up = promisify(execFile)(process.execPath, ['scripts/stack.ts', 'up'], { cwd: root, env })
    await expect(up).rejects.toMatchObject({
      code: 1,
      stderr: 'Cannot use preset "fast" of SIGHTLINE_PRESET: expected 30d or practice\n',
    })
  })

  test('anybody may look at dashboards and into Explore, and nobody may save', {
    timeout: slow,
  }, async () => {
    // Grafana is healthy before it has read all that is provided.
    await eventually(async () => {
      const search = (await json('grafana', '/api/search?query=')) as { uid: string }[]
      expect(search.map(({ uid }) => uid)).toContain('sightline-overview')
    }, patience)
    const permissions = (await json('grafana', '/api/access-control/user/actions')) as object
    expect(permissions).toMatchObject({ 'datasources:explore': true })
    const answer = await fetch(`${address.grafana}/api/dashboards/db`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ dashboard: { title: 'mine' } }),
    })
    expect(answer.status).toBe(403)
  })

  test('the past is there from the start', { timeout: slow }, async () => {
    await eventually(
      async () => expect(await value('slo:period_coverage:ratio')).toBeGreaterThan(0.9),
      patience,
    )
  })

  test('a fault started from this machine raises its page, and ends', { timeout: 2 * slow }, async () => {
    await fault('list')
    await fault('start', 'error-ratio', '--for', '3m')
    await eventually(async () => {
      const arrived = (await json('receiver', '/notifications')) as { alertname: string }[]
      expect(arrived.map(({ alertname }) => alertname)).toContain('ShopAvailabilityBurn')
    }, patience)
    await fault('stop')
  })

  test('faults need no Node on this machine', { timeout: slow }, async () => {
    const run = (...words: string[]) => compose('run', '--rm', '--no-TTY', 'fault', ...words)
    expect(await run('start', 'cache-off', '--for', '1m')).toContain('CacheHitRatioLow')
    expect(await run()).toMatch(/^cache-off +on, /m)
    await run('stop')
  })

  test('no data is lost by down and up', { timeout: 3 * slow }, async () => {
    const orders = async () => {
      const count = await compose(
        'exec',
        '--no-TTY',
        'postgres',
        'psql',
        '-U',
        'shop',
        '-tAc',
        'select count(*) from orders',
      )
      return Number(count.trim())
    }
    const kept = { traceId: '', line: '', orders: 0, time: 0 }
    await eventually(async () => {
      kept.time = Math.floor(Date.now() / 1000)
      const [line] = await logLines(kept.time)
      expect(line?.trace_id).toMatch(/^[0-9a-f]{32}$/)
      kept.traceId = line!.trace_id!
      expect((await fetch(`${address.tempo}/api/v2/traces/${kept.traceId}`)).status).toBe(200)
      kept.orders = await orders()
      expect(kept.orders).toBeGreaterThan(0)
      expect(await value('sum(up)', kept.time)).toBeGreaterThan(5)
    }, patience)
    await compose('down', '--timeout', '60')
    await compose('up', '--detach', '--no-build', '--wait')
    expect(await value('sum(up)', kept.time)).toBeGreaterThan(5)
    await eventually(async () => {
      const ids = (await logLines(kept.time)).map(line => line.trace_id)
      expect(ids).toContain(kept.traceId)
      expect((await fetch(`${address.tempo}/api/v2/traces/${kept.traceId}`)).status).toBe(200)
    }, patience)
    expect(await orders()).toBeGreaterThanOrEqual(kept.orders)
  })

  /** The ports of the processes are in the environment under the names the verb reads. */
  const fault = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['scripts/fault.ts', ...args], { cwd: root })

  async function value(query: string, time = Date.now() / 1000): Promise<number> {
    const parameters = new URLSearchParams({ query, time: String(time) })
    const answer = (await json('prometheus', `/api/v1/query?${parameters}`)) as {
      data: { result: { value: [number, string] }[] }
    }
    return Number(answer.data.result[0]?.value[1])
  }

  /** Of the minutes before that time. */
  async function logLines(time: number): Promise<Record<string, string>[]> {
    const parameters = new URLSearchParams({
      query: '{service_name="shop"} | trace_id != ""',
      start: String((time - 120) * 1e9),
      end: String((time - 10) * 1e9),
      limit: '100',
    })
    const answer = (await json('loki', `/loki/api/v1/query_range?${parameters}`)) as {
      data: { result: { stream: Record<string, string> }[] }
    }
    return answer.data.result.map(({ stream }) => stream)
  }

  async function json(name: string, path: string): Promise<unknown> {
    const answer = await fetch(`${address[name]}${path}`, { signal: AbortSignal.timeout(20_000) })
    if (!answer.ok)
      throw new Error(`Cannot ask ${name} for ${path}: got ${answer.status} ${await answer.text()}`)
    return answer.json()
  }

  async function compose(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('docker', ['compose', ...args], { cwd: root })
    return stdout
  }
})

/** Nothing is pulled or built by a test. */
function missingImages(): string | undefined {
  const images = execFileSync('docker', ['compose', 'config', '--images'], { cwd: root, encoding: 'utf8' })
  const missing = [...new Set(images.split('\n').filter(Boolean))].filter(image => !hasImage(image))
  return missing.length === 0
    ? undefined
    : `no image ${missing.join(', ')}; \`docker compose build\` and \`pull\` bring them`
}

function hasImage(image: string): boolean {
  try {
    execFileSync('docker', ['image', 'inspect', image], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}
