/** The code in the documents is run: TypeScript after a check of its types, commands as a reader would call them. */

import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Block, blocksOf, documents, root } from './support/documents.ts'
import { answers, untilReady } from './support/eventually.ts'
import { startEmbeddedDatabase } from './support/lab-processes.ts'
import { freePorts } from './support/ports.ts'

const run = promisify(execFile)
const guides = documents.filter(document => !document.startsWith('docs/runbooks/'))
const blocks = guides.flatMap(blocksOf)
const typescript = blocks.filter(({ language }) => language === 'ts').map(fileOf)

/** Inside the repository, so that packages are found. */
const folder = join(root, '.data', `docs-code-${process.pid}`)
/** A reader's own folder, with what the commands take from this repository. */
const desk = mkdtempSync(join(tmpdir(), 'docs-code-'))

const packagesTest = 'test/packages/packages.test.ts'

/** Commands that are not run here, and where what they do is tested. */
const testedElsewhere: readonly [command: RegExp, where: string][] = [
  [/^docker compose /, 'test/stack/engine.test.ts'],
  [/^npm install (--save-dev )?\.\/vendor\//, packagesTest],
  [/^npx --no-install sightline /, packagesTest],
  [/^npm ci$/, packagesTest],
  [/^npm run pack -- /, packagesTest],
  [/^curl -s http:\/\/localhost:9464\/metrics > /, packagesTest],
  [/^OTEL_SERVICE_NAME=orders node --import @sightline-kit\/otel\//, packagesTest],
  [/^npm run lab -- --no-shop /, 'test/lab/lab.test.ts'],
  [/^npm ci && npm run lab$/, 'test/end-to-end.test.ts'],
  [/^npm ci && npm run shop$/, 'test/shop-command.test.ts'],
  [/^npm ci && npm run ok$/, '.ci/run'],
  [/^npm run ok -- /, '.ci/run'],
  [/^npm run generate$/, 'scripts/generate.test.ts'],
  [/^npm run fault -- (list|start .* --watch)$/, 'test/fault-command.test.ts'],
  [/^npm run stack -- /, 'test/stack/engine.test.ts'],
  [/^npm run export -- .* --source /, 'test/home/services.test.ts'],
  [/^npm run export -- .* --signals \.\/signals\.ts /, 'scripts/export.test.ts'],
  [/^(GRAFANA_TOKEN=\S+ )?npm run publish -- /, 'test/dashboards.test.ts'],
  [/^promtool tsdb dump-openmetrics /, 'engines/promql/text/openmetrics.test.ts'],
  [/^npm run logql -- serve /, 'engines/logql/serve/server.test.ts'],
  [/^npm run promql -- diff /, 'test/promql/replay.test.ts'],
  [/^npm run promql -- serve /, 'engines/promql/serve/server.test.ts'],
  [/^npm run bench -- /, 'test/docs.test.ts'],
  [/^npm run slo -- generate /, 'test/alerts-slo-command.test.ts'],
  [/^npm run tune -- suggest /, 'scripts/tune.test.ts'],
  [/^npm run tune -- replay /, 'scripts/tune-replay.test.ts'],
]

const commands = blocks
  .filter(({ language }) => language === 'sh')
  .flatMap(({ document, code }) =>
    code
      .split('\n')
      .map(line => line.replace(/\s+#.*$/, '').trim())
      .filter(line => line !== '')
      .map(line => ({ document, line, where: testedElsewhere.find(([command]) => command.test(line))?.[1] })),
  )

beforeAll(() => {
  mkdirSync(folder, { recursive: true })
  for (const { name, code } of typescript) writeFileSync(join(folder, name), code)
  for (const name of ['generated', 'engines', 'examples']) symlinkSync(join(root, name), join(desk, name))
  symlinkSync(join(root, 'test/logql/shop-logs.jsonl'), join(desk, 'logs.jsonl'))
  const times = Array.from({ length: 61 }, (_, minute) => 1_700_000_000 + 60 * minute)
  const series = ['up{job="shop"} 1', 'requests_total{code="200"} 7'].map(line => line.split(' '))
  const samples = series.flatMap(([name, value]) => times.map(time => `${name} ${value} ${time}`))
  writeFileSync(join(desk, 'dump.om'), `${samples.join('\n')}\n# EOF\n`)
})

afterAll(() => {
  rmSync(folder, { recursive: true, force: true })
  rmSync(desk, { recursive: true, force: true })
})

test('there is TypeScript in the documents, and its types hold', { timeout: 120_000 }, async () => {
  expect(typescript.map(({ document }) => document)).toEqual([
    'alerts/README.md',
    'dashboards/README.md',
    'engines/logql/README.md',
    'engines/promql/README.md',
    'engines/traceql/README.md',
    ...Array.from({ length: 6 }, () => 'otel/README.md'),
  ])
  writeFileSync(
    join(folder, 'tsconfig.json'),
    JSON.stringify({ extends: join(root, 'tsconfig.json'), include: ['*.ts'], exclude: [] }),
  )
  const checked = await run(join(root, 'node_modules/.bin/tsc'), ['-p', folder]).catch(error => error)
  expect(checked.stdout).toBe('')
})

test.each(typescript.filter(({ document }) => document !== 'otel/README.md'))(
  'the TypeScript of $document runs',
  async ({ name }) => {
    await run(process.execPath, [join(folder, name)], { cwd: desk })
  },
)

test('the service of otel/README.md serves, counts and ends', { timeout: 120_000 }, async () => {
  const [example] = typescript.filter(({ document }) => document === 'otel/README.md')
  const [port, adminPort] = (await freePorts(2)) as [number, number]
  const moved = example!.code
    .replace('port: 8080', `port: ${port}`)
    .replace('port: 9464', `port: ${adminPort}`)
  expect(moved).not.toContain('8080')
  writeFileSync(join(folder, 'service.ts'), moved)
  const database = await startEmbeddedDatabase({ isEmpty: true })
  const client = new pg.Client({ connectionString: database.url })
  await client.connect()
  await client.query(`CREATE TABLE orders (id text, total integer); INSERT INTO orders VALUES ('7', 12)`)
  await client.end()
  const { hostname, port: databasePort, username } = new URL(database.url)
  const child = spawn(
    process.execPath,
    ['--import', join(root, 'otel/register.ts'), join(folder, 'service.ts')],
    {
      env: {
        PATH: process.env.PATH,
        PGHOST: hostname,
        PGPORT: databasePort,
        PGUSER: username,
        PGDATABASE: 'postgres',
      },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let said = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close')
  try {
    const starting = { name: 'the service', child: () => child, output: () => said, timeoutMs: 60_000 }
    await untilReady(starting, answers(`http://127.0.0.1:${adminPort}/health/ready`))
    const answer = await fetch(`http://127.0.0.1:${port}/orders/7`)
    expect(await answer.json()).toEqual({ id: '7', total: 12 })
    const metrics = await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()
    expect(metrics).toMatch(/^shop_orders_total\{outcome="placed"\} 1$/m)
    expect(metrics).toMatch(/^shop_orders_total\{outcome="failed"\} 0$/m)
  } finally {
    child.kill('SIGTERM')
    const [code] = await ended
    await database.stop()
    expect(code, said).toBe(0)
  }
})

test('there are commands in the documents', () => {
  expect(commands.filter(({ document }) => document === 'README.md').length).toBeGreaterThan(3)
  expect(commands.filter(({ where }) => where === undefined).length).toBeGreaterThan(5)
  for (const [, where] of testedElsewhere) expect(existsSync(join(root, where)), where).toBe(true)
})

test.each(commands.filter(({ where }) => where === undefined))(
  '$document: $line',
  { timeout: 180_000 },
  async ({ line }) => {
    const here = line
      .replace(
        /^npm run ([\w:]+)( --)?/,
        (_, verb) => `node ${join(root, 'scripts', `${verb.replace(':', '-')}.ts`)}`,
      )
      .replace(/^npx node /, 'node ')
    const { stdout } = await run('sh', ['-c', here], { cwd: desk })
    expect(stdout).not.toBe('')
  },
)

/** Imports are relative to the folder of the document, or to the one its reader copies that folder into. */
function fileOf({ document, code }: Block, index: number): { document: string; name: string; code: string } {
  const place = dirname(join(root, document))
  const imported = [...code.matchAll(/from '(\.[^']+)'/g)].map(([, path = '']) => path)
  const base = [place, dirname(place)].find(each => imported.every(path => existsSync(resolve(each, path))))
  if (base === undefined)
    throw new Error(
      `Cannot run the code of ${document}: expected its imports to exist, got ${imported.join(', ')}`,
    )
  return {
    document,
    name: `${document.replaceAll(/\W/g, '-')}-${index}.ts`,
    code: code.replaceAll(/from '(\.[^']+)'/g, (_, path) => `from '${resolve(base, path)}'`),
  }
}
