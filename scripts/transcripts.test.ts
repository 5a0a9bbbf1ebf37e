/** What commands print, word by word; `vitest run scripts/transcripts.test.ts -u` writes transcripts.txt anew. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { afterEach, expect, test, vi } from 'vitest'
import { main as bench } from './bench.ts'
import { main as checkQueries } from './check-queries.ts'
import type { Verb } from './command.ts'
import { main as exportVerb } from './export.ts'
import { main as fault } from './fault.ts'
import { main as figures } from './figures.ts'
import { main as generate } from './generate.ts'
import { main as init } from './init.ts'
import { main as lab } from './lab.ts'
import { main as load } from './load.ts'
import { main as logql } from './logql.ts'
import { main as pack } from './pack.ts'
import { main as picture } from './picture.ts'
import { main as promql } from './promql.ts'
import { main as publish } from './publish.ts'
import { main as slo } from './slo.ts'
import { main as stack } from './stack.ts'
import { main as traceql } from './traceql.ts'
import { main as tune } from './tune.ts'

const commands: [name: string, verb: Verb, ...args: string[]][] = [
  ['fault', fault],
  ['fault', fault, 'strat'],
  ['fault', fault, 'start', 'eror-ratio'],
  ['fault', fault, 'start', 'error-ratio', '--for', '-5m'],
  ['fault', fault, 'start', 'error-ratio', '--for'],
  ['fault', fault, 'start', 'error-ratio', '--intensity', '2'],
  ['fault', fault, 'list', '--jsno'],
  ['stack', stack],
  ['stack', stack, 'stauts'],
  ['stack', stack, 'figures', '--minutes', 'few'],
  ['slo', slo],
  ['slo', slo, 'imprt', 'x.yaml'],
  ['slo', slo, 'import', 'nowhere.yaml'],
  ['slo', slo, 'export', '-', '--for', 'mimri'],
  ['export', exportVerb],
  ['export', exportVerb, '--service', 'a', '--format', 'grafana', '--out', 'x'],
  ['export', exportVerb, '--service', 'a', '--source', 'localhost:9464', '--format', 'grafana', '--out', 'x'],
  ['export', exportVerb, '--service', 'a', '--signals', 'prom-cleint', '--format', 'grafana', '--out', 'x'],
  ['export', exportVerb, '--service', 'a', '--signals', 'scripts', '--format', 'grafana', '--out', 'x'],
  ['export', exportVerb, '--service', 'a', '--signals', 'semconv', '--format', 'grafna', '--out', 'x'],
  ['init', init],
  ['init', init, '--service', 'a', '--out', '/elsewhere/x'],
  ['init', init, '--service', 'a', '--sorce', 'http://a'],
  ['pack', pack],
  ['pack', pack, '--only', 'cly', '--out', 'x'],
  ['publish', publish, '--grafana', 'localhost'],
  ['publish', publish, '--grafana', 'http://127.0.0.1:3000', '--from', 'nowhere'],
  ['check:queries', checkQueries, '--prometheus', 'localhost:9090'],
  ['check:queries', checkQueries, '--prometheus', 'http://127.0.0.1:9090', '--only', 'overveiw'],
  ['generate', generate, 'now'],
  ['logql', logql, 'qurey'],
  ['logql', logql, 'query', '{app="shop"}', '--data', '/dev/null'],
  ['logql', logql, 'query', '{app="shop"', '--data', '/dev/null'],
  ['traceql', traceql, 'qurey'],
  ['traceql', traceql, 'query', '{ }', '--data', '/dev/null'],
  ['traceql', traceql, 'query', '{ span.a = }', '--data', '/dev/null'],
  ['tune', tune, '--policy', 'shiped'],
  ['tune', tune, '--scenario', 'outgae'],
  ['tune', tune, '--days', 'many'],
  ['lab', lab, '--presett', '30d'],
  ['lab', lab, '--preset', '30'],
  ['load', load, '--rate', 'fast'],
  ['figures', figures],
  ['picture', picture, '--minutes', '1'],
  ['figures', figures, 'rule-csot'],
  ['bench', bench, 'promqk', '--days', '3'],
  ['bench', bench, 'promql', '--days', 'x'],
  ['promql', promql],
  ['promql', promql, 'qurey', 'up', '--data', 'x.om'],
  ['promql', promql, 'query', 'up'],
  ['promql', promql, 'check-rules', 'scripts'],
  ['promql', promql, 'fmt', 'sum(rate(x[300s]))by(a)'],
  ['promql', promql, 'fmt', 'sum('],
]

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

test('what commands say is what transcripts.txt holds', async () => {
  const texts: string[] = []
  for (const [name, verb, ...args] of commands) texts.push(await transcript(name, verb, args))
  await expect(`${texts.join('\n\n')}\n`).toMatchFileSnapshot('transcripts.txt')
}, 60_000)

test.each([
  ['true', '…'],
  ['5', '5'],
])('an option that npm kept for itself, as %s, is said', async (kept, value) => {
  vi.stubEnv('npm_lifecycle_event', 'fault')
  vi.stubEnv('npm_config_intensity', kept)
  expect(await transcript('fault', fault, ['start', 'error-ratio', '5'])).toContain(
    `2> Cannot read --intensity: expected -- before the options, as in \`npm run fault -- --intensity ${value}\``,
  )
})

test("what npm keeps for another script is nobody else's", async () => {
  vi.stubEnv('npm_lifecycle_event', 'ok')
  vi.stubEnv('npm_config_json', 'true')
  expect(await transcript('promql', promql, ['fmt', 'up'])).toBe('$ npm run promql -- fmt up\nup\nexit 0')
})

test.each([
  ['scripts/promql.ts', 'fmt', 'up'],
  ['scripts/slo.ts', 'export', '-'],
  ['scripts/fault.ts', '--help'],
])(
  'a result that cannot be written is no success: %s',
  (...args) => {
    const root = fileURLToPath(new URL('..', import.meta.url))
    const command = `exec "$0" ${args.map(arg => `'${arg}'`).join(' ')} > /dev/full`
    const { status, stderr } = spawnSync('sh', ['-c', command, process.execPath], {
      cwd: root,
      encoding: 'utf8',
    })
    expect([status, stderr]).toEqual([1, 'Cannot print the result: got ENOSPC\n'])
  },
  60_000,
)

test('an export to where no folder can be made ends at once, in a line', async () => {
  const args = ['--service', 'a', '--signals', 'semconv', '--format', 'grafana', '--out', '/proc/sightline']
  expect(await transcript('export', exportVerb, args)).toMatch(
    /\n2> Cannot write to \/proc\/sightline: expected a folder that can be written, got .*\nexit 1$/,
  )
}, 30_000)

test('escape sequences of others reach no terminal', async () => {
  expect(await transcript('promql', promql, ['\u001b[2J'])).toContain('got "\\u001b[2J"')
})

/** The command as typed, what it printed, on stderr after `2>`, and how it ended. */
async function transcript(name: string, verb: Verb, args: readonly string[]): Promise<string> {
  const lines: string[] = []
  const keep = (mark: string) => (text: unknown) => {
    for (const line of String(text instanceof Error ? text.stack : text).split('\n'))
      lines.push(`${mark}${line}`)
  }
  vi.spyOn(console, 'log').mockImplementation(keep(''))
  vi.spyOn(console, 'error').mockImplementation(keep('2> '))
  const code = await verb(args)
  const typed =
    args.length === 0 ? '' : ` -- ${args.map(arg => (/[^\w./:-]/.test(arg) ? `'${arg}'` : arg)).join(' ')}`
  return [`$ npm run ${name}${typed}`, ...lines, `exit ${code}`].join('\n')
}
