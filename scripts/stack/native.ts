/** The stack without Docker: whichever servers this machine has, the shop, its visitors and the receiver. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { writeGenerated } from '../../compose/generated-files.ts'
import { backfill } from '../../compose/history/backfill.ts'
import { findServer, type RunningServer, serverNames, startServer } from '../../compose/native.ts'
import { problems, publishedPorts } from '../../compose/preflight.ts'
import { defaultPreset, findPreset, presetVariable, presetVariables } from '../../compose/presets.ts'
import { startReceiver } from '../../compose/receiver/receiver.ts'
import { baselineRate } from '../../compose/shop-services.ts'
import { loopback, type Server } from '../../compose/targets.ts'
import { UserError } from '../../contract/user-error.ts'

export async function runNative(root: string, data: string): Promise<number> {
  const found = await problems(process.env)
  for (const line of found) console.error(line)
  if (found.length > 0) return 1
  const stopped = Promise.withResolvers<void>()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stopped.resolve())
  const closers: (() => Promise<unknown>)[] = []
  try {
    await startAll(root, data, closers)
    await stopped.promise
    console.log('\nStopping …')
  } finally {
    for (const close of closers.toReversed()) await close()
  }
  return 0
}

async function startAll(root: string, data: string, closers: (() => Promise<unknown>)[]): Promise<void> {
  const preset = findPreset(process.env[presetVariable] || defaultPreset.name)
  const found = serverNames.map(name => ({ name, ...findServer(name) }))
  const missing = found.flatMap(server => ('missing' in server ? [server] : []))
  // The committed files name the usual ports and every server; these name what this start has.
  const generated = join(data, 'generated')
  const target = loopback({
    ports: Object.fromEntries(publishedPorts(process.env).map(({ name, number }) => [name, number])),
    leftOut: missing.map(({ name }) => name),
    data,
    generated,
  })
  writeGenerated(generated, [target])
  if (missing.length > 0)
    console.log(
      `Left out, so neither scraped nor checked: ${missing.map(({ name, missing }) => `${name} (${missing})`).join(', ')}`,
    )
  const receiver = await startReceiver({
    host: '127.0.0.1',
    port: target.port('receiver'),
    otlpEndpoint: `http://${target.address('collector', 'otlpHttp')}`,
    alertmanagerUrl: `http://${target.address('alertmanager', 'alertmanager')}`,
    grafanaUrl: `http://localhost:${target.port('grafana')}`,
    print: () => {},
  })
  closers.push(receiver.close)
  const servers: RunningServer[] = []
  closers.push(() => Promise.all(servers.map(server => server.stop())))
  const start = async (name: Server) => {
    const server = found.find(each => each.name === name)!
    if (!('program' in server)) return
    servers.push(await startServer(name, server.program, target, preset))
    const port = name === 'collector' ? 'otlpHttp' : name
    console.log(`  ${name.padEnd(14)}http://${target.address(name, port)}`)
  }
  await Promise.all(serverNames.filter(name => name !== 'prometheus').map(start))
  const shop = run(root, 'shop', ['scripts/shop.ts'], {
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
    ...(target.leftOut.has('collector')
      ? {}
      : { OTEL_EXPORTER_OTLP_ENDPOINT: `http://${target.address('collector', 'otlpHttp')}` }),
  })
  closers.push(shop.stop)
  await untilOk('shop', `http://${target.address('shop', 'shopAdmin')}/health/ready`, shop.child)
  const day = presetVariables(preset).LOAD_DAY
  const load = run(root, 'load', [
    'scripts/load.ts',
    `--rate=${baselineRate}`,
    '--curve=daily',
    `--day=${day}`,
    '--duration=forever',
    `--metrics-port=${target.port('load')}`,
  ])
  closers.push(load.stop)
  await untilOk('the load', `http://${target.address('load', 'load')}/metrics`, load.child)
  if (process.env.SIGHTLINE_HISTORY !== 'off' && !target.leftOut.has('prometheus')) {
    console.log('Writing the history, unless it is there …')
    await backfill({ data: target.data('prometheus'), preset, now: Date.now() / 1000 })
  }
  // Last, since it judges from its first look on: a target that only starts would be one that is down.
  await start('prometheus')
  // First to go, or it would tell of the end of the others.
  closers.push(async () => servers.find(({ name }) => name === 'prometheus')?.stop())
  console.log(`  ${'shop'.padEnd(14)}http://${target.address('shop', 'shop')}`)
  const asked = (['prometheus', 'loki', 'tempo'] as const).filter(name => !target.leftOut.has(name))
  if (asked.includes('prometheus'))
    console.log(
      `\nEvery panel's query: npm run check:queries -- ${asked.map(name => `--${name} http://${target.address(name, name)}`).join(' ')}`,
    )
  console.log(`\nCtrl-C stops all; data stays in ${data}`)
}

function run(root: string, name: string, args: string[], env: Record<string, string> = {}) {
  const child = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
    // Ctrl-C reaches this process alone, which then ends the others in order.
    detached: true,
  })
  const ended = once(child, 'exit')
  let stopping = false
  const stop = async () => {
    stopping = true
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  }
  // The load generator tells of its progress there, which is for a terminal of its own.
  let lastLine = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    lastLine = text.trim().split('\n').at(-1) || lastLine
  })
  void ended.then(([code]) => {
    // Told to stop, load still ends with 1 when the shop was too slow meanwhile.
    if (!stopping && code !== 0) console.error(`${name} ended with ${code}: ${lastLine}`)
  })
  return { child, stop }
}

async function untilOk(name: string, url: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + 90_000
  while (child.exitCode === null && Date.now() < deadline) {
    const answer = await fetch(url).catch(() => undefined)
    await answer?.body?.cancel()
    // Another program on that port would answer too.
    if (answer?.ok && child.exitCode === null) return
    await wait(200)
  }
  throw new UserError({
    action: `start ${name}`,
    expected: `${url} to answer`,
    got: child.exitCode === null ? 'nothing' : 'its end',
  })
}
