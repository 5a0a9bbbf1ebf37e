/** The packages, as they are written: what is in them, and that all they say works where this repository is not. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { runTestFiles } from '../../engines/promql/replay/run.ts'
import { packages } from '../../scripts/pack/packages.ts'
import { type Block, blocksOf, root } from '../support/documents.ts'
import { answers, untilReady } from '../support/eventually.ts'
import { freePorts } from '../support/ports.ts'
import { startLab, untilMeasured } from '../support/running-lab.ts'
import { type Desk, oldNode, packedDesk, type, typeErrors } from './desk.ts'

const isLong = process.env.SIGHTLINE_LONG === '1'

let desk: Desk
beforeAll(async () => {
  desk = await packedDesk()
}, 300_000)
afterAll(() => desk.remove())

const packedAs = (name: string) => {
  const found = desk.packed.find(each => each.name === `@sightline-kit/${name}`)
  if (found === undefined) throw new Error(`Expected a package ${name}`)
  return found
}

describe.each(packages)('what is in $name', ({ name, exports, bin = {}, mostKilobytes }) => {
  test('compiled modules, declarations where something can be imported, and little else', () => {
    const { files } = packedAs(name)
    const isOf = (ending: string) => files.some(file => file.endsWith(ending))
    expect([isOf('.js'), isOf('.d.ts')]).toEqual([true, Object.keys(exports).length > 0])
    const others = files.filter(file => !/\.(d\.ts|js)$/.test(file))
    const folders = new Set(others.map(file => dirname(file)))
    expect([...folders].toSorted()).toEqual(
      name === 'cli'
        ? [
            '.',
            'compose/receiver',
            'docs/runbooks',
            'generated/dashboards',
            'lab/page/bundle',
            'tuning/playground',
          ]
        : ['.'],
    )
    expect(others.filter(file => !file.includes('/')).toSorted()).toEqual([
      'LICENSE',
      'README.md',
      'package.json',
    ])
    expect(
      files.filter(
        file => /\.test\.|\.tsx?$|(^|\/)(test|testing|bench|cases)\//.test(file) && !file.endsWith('.d.ts'),
      ),
    ).toEqual([])
    for (const file of [...Object.values(exports), ...Object.values(bin)])
      expect(files).toContain(file.replace(/\.ts$/, '.js'))
  })

  test(`it weighs at most ${mostKilobytes} kB, and not far less than that`, () => {
    const kilobytes = packedAs(name).bytes / 1000
    expect(kilobytes).toBeLessThan(mostKilobytes)
    expect(kilobytes).toBeGreaterThan(mostKilobytes / 2)
  })
})

test('every package is documented, and every document is a package', () => {
  const names = packages.map(({ name }) => `${name}.md`).toSorted()
  expect(readdirSync(join(root, 'scripts/pack/readme')).toSorted()).toEqual(names)
})

test('each asks for the packages that its code imports, and for no others', () => {
  const asked = packages.map(({ name }) => {
    const { tarball } = packedAs(name)
    const text = execFileSync('tar', ['-xzOf', tarball, 'package/package.json'], { encoding: 'utf8' })
    return [name, Object.keys(JSON.parse(text).dependencies)]
  })
  const lezer = ['@grafana/lezer-logql', '@grafana/lezer-traceql', '@prometheus-io/lezer-promql']
  expect(Object.fromEntries(asked)).toEqual({
    cli: [
      ...['@grafana/grafana-foundation-sdk', '@grafana/lezer-logql', '@grafana/lezer-traceql'],
      ...['@opentelemetry/api', '@prometheus-io/lezer-promql', 'grafana-dash-gen', 'pino', 'prom-client'],
      ...['ws', 'yaml'],
    ],
    dashboards: ['@grafana/grafana-foundation-sdk', ...lezer, 'grafana-dash-gen', 'yaml'],
    slo: ['yaml'],
    otel: [
      ...['api', 'auto-instrumentations-node', 'core', 'resources', 'sdk-node', 'sdk-trace'].map(
        part => `@opentelemetry/${part}`,
      ),
      'pino',
      'prom-client',
    ],
    promql: ['yaml'],
    logql: [],
    traceql: [],
  })
})

describe('used where this repository is not', () => {
  let service: ChildProcess
  let page: string
  /** The folder of the oldest Node that the packages say they run on. */
  let node: string | undefined

  beforeAll(async () => {
    service = spawn(process.execPath, [join(root, 'test/home/services/express-prom-bundle.mjs')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [port] = await once(createInterface(service.stdout!), 'line')
    for (let i = 0; i < 10; i++) await fetch(`http://127.0.0.1:${port}/orders`)
    page = `localhost:${port}`
    if (isLong) node = await oldNode(desk)
  }, 120_000)
  afterAll(() => service.kill())

  const run = async (line: string, project: string) => {
    const { code, output } = await type(line.replaceAll('localhost:9464', page), project, node)
    expect([line, code, output]).toEqual([line, 0, expect.any(String)])
    return output
  }
  /** Runs what a document says, in its order, and gives what each block printed. */
  const follow = async (blocks: readonly Block[], project: string) => {
    const printed: string[] = []
    for (const { language, code } of blocks)
      if (language === 'js') {
        writeFileSync(join(project, 'example.mjs'), code)
        printed.push(await run('node example.mjs', project))
      } else if (language === 'sh') {
        const lines = code.split('\n').filter(line => line !== '')
        for (const line of lines) printed.push(await run(line, project))
      }
    return printed.join('\n')
  }
  const readme = (name: string) => blocksOf(`scripts/pack/readme/${name}.md`)

  test('the command line', { timeout: 300_000 }, async () => {
    const project = desk.project('cli')
    const printed = await follow(readme('cli'), project)
    expect(printed).toContain('http_request_duration_seconds counts requests, by status_code')
    expect(printed).toMatch(/^56 passed, 0 failed$/m)
    expect(printed).toContain('{status_code="500"} 2')
    for (const file of [
      'terraform',
      'alerts/rules',
      'playground.html',
      '.github/workflows/observability.yml',
    ])
      expect(existsSync(join(project, file)), file).toBe(true)
    const help = await run('npx --no-install sightline --help', project)
    const verbs = [...help.matchAll(/^ {2}([a-z]+) {2,}/gm)].map(([, verb]) => verb)
    expect(verbs.length).toBeGreaterThan(8)
    for (const verb of verbs) {
      const text = await run(`node_modules/.bin/sightline ${verb} --help`, project)
      expect(text).toMatch(
        new RegExp(`^Usage: (.*; )?npx --no-install sightline ${verb}|Usage: GRAFANA_TOKEN`),
      )
      expect(text).not.toMatch(/npm run/)
    }
    const wrong = await type('npx --no-install sightline exprot', project, node)
    expect([wrong.code, wrong.output]).toEqual([
      2,
      expect.stringMatching(/did you mean export\?\nSee `npx --no-install sightline --help`/),
    ])
  })

  test.each(['dashboards', 'slo', 'promql', 'logql', 'traceql'])('%s', { timeout: 300_000 }, async name => {
    const project = desk.project(name)
    const printed = await follow(readme(name), project)
    expect(printed).toMatch(expected[name]!)
    expect(await typeErrors(project, name)).toEqual([])
    if (name === 'slo') {
      const { passed, failed } = await runTestFiles([join(project, 'rules/slo.test.yaml')], console.log)
      expect([passed, failed]).toEqual([13, 0])
    }
  })

  test('docs/take-it-home.md, word for word', { timeout: 600_000 }, async () => {
    const project = desk.project('checkout')
    const lines = blocksOf('docs/take-it-home.md')
      .filter(({ language }) => language === 'sh')
      .flatMap(({ code }) => code.trim().split('\n'))
    const [clone, make, ...typed] = lines as [string, string, ...string[]]
    expect([clone, make]).toEqual(['npm ci', 'npm run pack -- --only cli --out ../checkout/vendor'])
    // They wait for samples, and are for the long form.
    const live = ['lab', 'check'].map(verb => `npx --no-install sightline ${verb} `)
    const isLive = (line: string) => live.some(words => line.startsWith(words))
    const startedAt = Date.now()
    const printed: string[] = []
    for (const line of typed.filter(line => !isLive(line))) printed.push(await run(line, project))
    expect(Date.now() - startedAt).toBeLessThan(300_000)
    expect(printed.join('\n')).toMatch(
      /http_request_duration_seconds counts requests, by status_code \(200, 500\)/,
    )
    expect(printed.join('\n')).toMatch(/^56 passed, 0 failed$/m)
    expect(printed.join('\n')).toMatch(/^Verified: http:/m)
    const { jobs } = parse(readFileSync(join(project, '.github/workflows/observability.yml'), 'utf8'))
    const steps: { run?: string; if?: string }[] = jobs.observability.steps
    const runs = steps.flatMap(step => (step.if === undefined ? (step.run ?? []) : []))
    expect(runs).toHaveLength(4)
    for (const line of runs) await run(line, project)
    if (!isLong) return
    const [lab, check] = typed.filter(isLive) as [string, string]
    const args = lab.replaceAll('localhost:9464', page).split(' ').slice(4)
    const running = await startLab(args, {}, { cwd: project, script: ['node_modules/.bin/sightline', 'lab'] })
    try {
      await untilMeasured(running, 'count_over_time(up{job="checkout"}[5m]) > 3')
      const { output } = await type(check.replace('http://localhost:9090', running.url), project, node)
      expect(output).toMatch(/^[1-9]\d* panels: [1-9]\d* with data, .* 0 failed/m)
    } finally {
      await running.stop()
    }
  })

  // Its dependencies are as large as those of all others together.
  if (isLong)
    test('otel', { timeout: 600_000 }, async () => {
      const project = desk.project('otel')
      const [install, code, start] = readme('otel') as [Block, Block, Block]
      await follow([install], project)
      expect(await typeErrors(project, 'otel')).toEqual([])
      const [port, adminPort] = (await freePorts(2)) as [number, number]
      writeFileSync(
        join(project, 'service.mjs'),
        code.code.replace('port: 9464', `port: ${adminPort}`).replace('8080', String(port)),
      )
      const child = spawn('sh', ['-c', `exec env ${start.code}`], {
        cwd: project,
        env: { PATH: `${node}:${process.env.PATH}`, NODE_OPTIONS: '--no-experimental-strip-types' },
        stdio: ['ignore', 'pipe', 'pipe'],
      })
      let said = ''
      for (const stream of [child.stdout, child.stderr])
        stream.setEncoding('utf8').on('data', (text: string) => {
          said += text
        })
      const ended = once(child, 'close')
      try {
        const starting = { name: 'the service', child: () => child, output: () => said, timeoutMs: 60_000 }
        await untilReady(starting, answers(`http://127.0.0.1:${adminPort}/health/ready`))
        await untilReady(starting, answers(`http://127.0.0.1:${port}/orders/7`))
        const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
        expect(metrics).toMatch(/^shop_orders_total\{outcome="placed"\} [1-9]/m)
        expect(metrics).toMatch(/http_server_request_duration_seconds_count\{.*http_route="\/orders\/:id"/)
      } finally {
        child.kill('SIGTERM')
        const [exit] = await ended
        expect(exit, said).toBe(0)
      }
      expect(said).toMatch(/"msg":"order read"/)
    })
})

const expected: Readonly<Record<string, RegExp>> = {
  dashboards: /checkout-traffic\.json has 3 panels/,
  slo: /^27 rules, 13 tests$/m,
  promql: /value: 0\.2\b[\s\S]*ShopErrors is firing/,
  logql: /value: 1\b/,
  traceql: /0af7651916cd43dd8448eb211c80319c/,
}
