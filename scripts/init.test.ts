/** Somebody's repository: a first run, later ones, and what its people change in between. */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { runVerb } from '../test/support/run-verb.ts'
import { main } from './init.ts'

const folder = mkdtempSync(join(tmpdir(), 'init-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let repository: string
let count = 0
beforeEach(() => {
  repository = join(folder, String(count++))
  mkdirSync(repository)
})

const init = (...args: string[]) => runVerb(main, ['--repository', repository, ...args])
const first = () => init('--service', 'checkout', '--signals', 'prom-client')
const place = (path: string) => join(repository, path)
const read = (path: string) => readFileSync(place(path), 'utf8')
const change = (path: string, from: string, to: string) => {
  const text = read(path)
  expect(text.includes(from), path).toBe(true)
  writeFileSync(place(path), text.replace(from, to))
}
const allFiles = () =>
  readdirSync(repository, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(repository.length + 1))
    .toSorted()
const contents = () => Object.fromEntries(allFiles().map(path => [path, read(path)]))

const rules = 'observability/rules/slo-checkout-availability.yaml'
const dashboard = 'observability/dashboards/checkout-red.json'

describe('the first run', () => {
  test('writes dashboards, SLOs, rules, their tests and a workflow, and says what was not verified', async () => {
    const { code, printed } = await first()
    expect(code).toBe(0)
    expect(printed).toContain('Nothing was verified')
    expect(printed).toContain(`new      ${rules}`)
    expect(allFiles()).toEqual(
      expect.arrayContaining([
        '.github/workflows/observability.yml',
        dashboard,
        rules,
        'observability/rules-tests/slo-checkout-availability.yaml',
        'observability/rules/causes-process.yaml',
        'observability/signals.json',
        'observability/sightline.json',
        'observability/slos.yaml',
      ]),
    )
    expect(allFiles().filter(path => path.endsWith('.new'))).toEqual([])
  })

  test('makes rules in the names of the service, with the guard against a missing label', async () => {
    await first()
    expect(read(rules)).toContain('http_request_duration_seconds_count{job="checkout", code=~"5.."}')
    expect(read(rules)).toContain('and count(http_request_duration_seconds_count{job="checkout", code!=""})')
    expect(read('observability/rules/slo-checkout-latency.yaml')).toContain('le="0.5"')
  })

  test('keeps a file of the same name that was there before', async () => {
    mkdirSync(place('.github/workflows'), { recursive: true })
    writeFileSync(place('.github/workflows/observability.yml'), 'mine\n')
    const { printed } = await first()
    expect(read('.github/workflows/observability.yml')).toBe('mine\n')
    expect(printed).toContain('the new version is .github/workflows/observability.yml.new')
  })

  test('goes to another folder when told so, and links to the dashboards', async () => {
    const more = ['--out', 'services/checkout/observability', '--grafana-url', 'https://grafana.example']
    expect((await init('--job', 'Shop/checkout', '--signals', 'prom-client', ...more)).code).toBe(0)
    const workflow = read('.github/workflows/services-checkout-observability.yml')
    expect(workflow).toContain('init --check --out services/checkout/observability')
    const made = read('services/checkout/observability/rules/slo-shop-checkout-availability.yaml')
    expect(made).toContain('https://grafana.example/d/shop-checkout-slo')
    expect(existsSync(place('services/checkout/observability/dashboards/shop-checkout-slo.json'))).toBe(true)
  })
})

describe('a later run', () => {
  test('changes nothing when nothing has changed, and needs no options', async () => {
    await first()
    const before = contents()
    const { code, printed } = await init()
    expect(code).toBe(0)
    expect(printed).toMatch(/^20 files are as they should be$/m)
    expect(contents()).toEqual(before)
    expect((await init('--check')).code).toBe(0)
  })

  test('makes the rules anew when the SLO file has changed, and keeps what people changed', async () => {
    await first()
    change('observability/slos.yaml', 'target: 0.999', 'target: 0.995')
    change(dashboard, '"title": "checkout: RED: requests"', '"title": "Checkout, ours"')
    const changed = read(dashboard)
    const check = await init('--check')
    expect(check.code).toBe(1)
    expect(check.printed).toContain(`updated  ${rules}`)
    expect(read(rules)).toContain('/ 0.001')
    const { code, printed } = await init()
    expect(code).toBe(0)
    expect(printed).toContain(`kept     ${dashboard}, which you changed`)
    expect(read(rules)).toContain('/ 0.005')
    expect(read(dashboard)).toBe(changed)
    expect((await init('--check')).code).toBe(0)
  })

  test('puts a new version beside a changed file, once, and takes it away when it was taken', async () => {
    await first()
    change(rules, 'interval: 30s', 'interval: 1m')
    const changed = read(rules)
    change('observability/slos.yaml', 'target: 0.999', 'target: 0.995')
    const { printed } = await init()
    expect(printed).toContain(`beside   ${rules}, which you changed; the new version is ${rules}.new`)
    expect(read(rules)).toBe(changed)
    expect(read(`${rules}.new`)).toContain('/ 0.005')
    expect((await init()).printed).toContain(`kept     ${rules}`)
    writeFileSync(place(rules), read(`${rules}.new`))
    await init()
    expect(existsSync(place(`${rules}.new`))).toBe(false)
  })

  test('removes what an objective needed that is gone, and leaves away what people removed', async () => {
    await first()
    const [, latency] = read('observability/slos.yaml').split('---\n')
    writeFileSync(place('observability/slos.yaml'), latency!)
    rmSync(place(dashboard))
    const { printed } = await init()
    expect(printed).toContain(`removed  ${rules}, which is not needed any more`)
    expect(printed).toContain(`gone     ${dashboard}, which you removed`)
    expect(existsSync(place(rules))).toBe(false)
    expect(existsSync(place(dashboard))).toBe(false)
  })
})

describe('nothing is written', () => {
  test.each<[string, (() => void) | undefined, string[], number, RegExp]>([
    ['without a service', undefined, [], 2, /Cannot init: expected --service or --job, got neither/],
    [
      'without signals',
      undefined,
      ['--service', 'a'],
      2,
      /expected --source, --prometheus or --signals, got none/,
    ],
    [
      'outside the repository',
      undefined,
      ['--service', 'a', '--signals', 'semconv', '--out', '../x'],
      2,
      /--out/,
    ],
    [
      'to a file',
      () => writeFileSync(place('observability'), ''),
      ['--service', 'a', '--signals', 'semconv'],
      1,
      /Cannot read observability\/sightline.json: expected a file, or none, got/,
    ],
    [
      'by a record of somebody else',
      () => recorded('{"service": "a", "job": "a", "files": {"../b": "1"}}'),
      [],
      1,
      /got the file "..\/b", which is outside/,
    ],
    ['by a broken record', () => recorded('{'), [], 1, /Cannot read observability\/sightline.json/],
    [
      'of SLOs that are none',
      () => slos('a: [[[['),
      ['--service', 'a', '--signals', 'semconv'],
      1,
      /slos.yaml/,
    ],
  ])('%s', async (_case, prepare, args, wantedCode, message) => {
    prepare?.()
    const before = contents()
    const { code, printed } = await init(...args)
    expect(printed).toMatch(message)
    expect(code).toBe(wantedCode)
    expect(contents()).toEqual(before)
  })

  test('where the repository is no folder', async () => {
    const { code, printed } = await runVerb(main, ['--repository', join(repository, 'nowhere')])
    expect([code, printed]).toEqual([
      2,
      expect.stringMatching(/^Cannot read --repository: expected a folder, got/),
    ])
  })

  test('without permission', () => {
    chmodSync(folder, 0o755)
    chmodSync(repository, 0o555)
    const script = join(import.meta.dirname, 'init.ts')
    const { status, stderr } = spawnSync(
      process.execPath,
      [script, '--repository', repository, '--service', 'a', '--signals', 'semconv'],
      // Root may write anywhere.
      { encoding: 'utf8', ...(process.getuid?.() === 0 && { uid: 65_534, gid: 65_534 }) },
    )
    expect(stderr).toBe(
      `Cannot write to ${repository}: expected a folder that can be written, got no permission\n`,
    )
    expect(status).toBe(1)
    expect(allFiles()).toEqual([])
  }, 60_000)

  const put = (path: string, text: string) => {
    mkdirSync(place('observability'))
    writeFileSync(place(path), text)
  }
  const recorded = (text: string) => put('observability/sightline.json', text)
  const slos = (text: string) => put('observability/slos.yaml', text)
})
