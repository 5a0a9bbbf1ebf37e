/** Starts, shows, checks and stops the reference stack. */
import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ailments, type Container, compose, containersOf, engineProblem } from '../compose/engine.ts'
import { problems, publishedPorts, settingProblems } from '../compose/preflight.ts'
import type { PortName } from '../contract/ports.ts'
import { got, UserError, wrongUse } from '../contract/user-error.ts'
import { main as checkQueries } from './check-queries.ts'
import { command } from './command.ts'
import { oneOf } from './options.ts'
import { figures } from './stack/figures.ts'
import { runNative } from './stack/native.ts'

const usage = `Usage: npm run stack -- up | status | check | figures | down [--volumes] | native

  up        start everything in containers and wait until it is healthy
  status    every container, its state and its health
  check     exit 1 unless every container is healthy and every panel's query returns data
  figures   start, wait for every panel to show data, and after --minutes under load list sizes and memory
  down      stop; data stays, --volumes removes it
  native    without Docker: the servers found on the PATH, the shop and its visitors, until Ctrl-C

  --json         status and figures as JSON
  --minutes N    how long figures lets the load run (default 5)
  --data DIR     where native keeps data and configurations (default .data/stack)

Environment: SIGHTLINE_PRESET practice (a month in two days) or 30d, SIGHTLINE_HISTORY on or off,
${wrapped(publishedPorts({}).map(({ variable }) => variable))}`

const root = fileURLToPath(new URL('..', import.meta.url))

export const main = command({
  name: 'stack',
  usage,
  options: {
    volumes: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '5' },
    data: { type: 'string', default: '.data/stack' },
  },
  words: true,
  run: (values, [word, ...rest]) => {
    const minutes = Number(values.minutes)
    const verbs: Record<string, () => Promise<number> | number> = {
      up,
      status: () => status(values.json),
      check,
      figures: () => figures({ root, start, servers: queriedServers(), minutes, json: values.json }),
      down: () => compose(root, ['down', ...(values.volumes ? ['--volumes'] : [])]),
      native: () => runNative(root, resolve(root, values.data)),
    }
    const verb = oneOf('choose what to do', word, Object.keys(verbs))
    if (rest.length > 0)
      throw wrongUse({ action: `read "${rest.join(' ')}"`, expected: `nothing after ${verb}` })
    if (!(minutes >= 0))
      throw wrongUse({
        action: 'read --minutes',
        expected: 'a number of 0 or more',
        got: got(values.minutes),
      })
    const problem = verb === 'native' ? undefined : engineProblem()
    if (problem !== undefined) throw new UserError(problem)
    return verbs[verb]!()
  },
})

async function up(): Promise<number> {
  const code = await start()
  if (code === 0) console.log(`\n  Grafana  ${address('grafana')}\n\nStop with: npm run stack -- down`)
  return code
}

async function start(): Promise<number> {
  const found = settingProblems(process.env)
  if (found.length === 0) {
    const ours = new Set(containersOf(root).flatMap(({ ports }) => ports))
    found.push(...(await problems(process.env, ours)))
  }
  for (const line of found) console.error(line)
  if (found.length > 0) return 1
  return compose(root, ['up', '--detach', '--build', '--wait'])
}

function status(json: boolean): number {
  const containers = containersOf(root)
  if (json) console.log(JSON.stringify(containers, null, 2))
  else console.log(containers.map(row).join('\n') || 'Nothing runs; npm run stack -- up starts it')
  const found = containers.length === 0 ? [] : ailments(containers)
  for (const line of found) console.error(line)
  return containers.length === 0 || found.length > 0 ? 1 : 0
}

async function check(): Promise<number> {
  const found = ailments(containersOf(root))
  for (const line of found) console.error(line)
  if (found.length > 0) return 1
  return checkQueries(queriedServers())
}

function queriedServers(): string[] {
  return (['prometheus', 'loki', 'tempo'] as const).flatMap(name => [`--${name}`, address(name)])
}

function row({ service, state, health, exitCode }: Container): string {
  const words = state === 'exited' ? `ended with ${exitCode}` : `${state} ${health}`
  return `${service.padEnd(14)}${words}`
}

function address(name: PortName): string {
  const port = publishedPorts(process.env).find(published => published.name === name)
  if (port === undefined) throw new Error(`Cannot reach ${name}: expected a port on the host`)
  return `http://localhost:${port.number}`
}

function wrapped(words: string[]): string {
  const lines: string[] = []
  for (let index = 0; index < words.length; index += 5) lines.push(words.slice(index, index + 5).join(', '))
  return lines.join(',\n')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
