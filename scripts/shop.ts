/** Starts the shop, payments and the worker on this machine. */
import '../app/compile-cache.ts'
import { portSettings, reachable, readConfig } from '../app/config.ts'
import { type Supervisor, startSupervisor } from '../app/supervisor.ts'
import { command } from './command.ts'
import { shortened } from './shop/log-lines.ts'
import { foldRepeats } from './shop/repeats.ts'
import { onOneLine } from './terminal.ts'

const usage = `Usage: npm run shop [-- --logs]

Starts the shop, payments and the worker. Without DATABASE_URL an embedded Postgres serves, in memory
(or in EMBEDDED_DATABASE_DIR); with REDIS_URL the cache is shared. Ctrl-C drains and stops all.

  --logs   print every log line as JSON; without it only warnings and errors, in short, those that repeat as a count`

const main = command({
  name: 'shop',
  usage,
  options: { logs: { type: 'boolean', default: false } },
  run: async ({ logs }) => {
    const config = readConfig()
    // Before the first word, or a Ctrl-C during the start would leave the roles behind.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop())
    const folding = foldRepeats(text => console.log(text))
    const progress = showStart(config.databaseUrl === undefined)
    const start = new AbortController()
    const starting = startSupervisor({
      config,
      signal: start.signal,
      onLine: (role, line) => {
        const text = logs ? onOneLine(line) : shortened(role, line)
        if (text === undefined) return
        if (logs) console.log(text)
        else folding.line(text)
      },
      onNotice: text => console.log(text),
      onReady: progress.ready,
    })
    let stopping = false
    const stop = async () => {
      if (stopping) process.exit(130)
      stopping = true
      progress.end()
      console.log('\nStopping: finishing what is under way …')
      start.abort()
      const started = await starting.catch(() => undefined)
      await started?.stop()
      folding.end()
      process.exit(0)
    }
    try {
      const supervisor = await starting
      if (!stopping) console.log(banner(config.host, supervisor))
    } catch (error) {
      if (!stopping) throw error
    } finally {
      progress.end()
    }
    return 0
  },
})

/** Says what is ready, and every five seconds what is still waited for: the first start on a small machine takes long. */
function showStart(withDatabase: boolean) {
  console.log('Starting the shop …')
  const startedAt = performance.now()
  const seconds = () => Math.round((performance.now() - startedAt) / 1000)
  const missing = new Set([...(withDatabase ? ['database'] : []), 'payments', 'worker', 'shop'])
  const timer = setInterval(() => {
    console.log(`  waiting for ${[...missing].join(', ')} since ${seconds()} s`)
  }, 5000)
  return {
    ready(part: string) {
      missing.delete(part)
      console.log(`  ${part} ready after ${seconds()} s`)
    },
    end: () => clearInterval(timer),
  }
}

function banner(host: string, { ports, embedded }: Supervisor): string {
  const at = (port: number) => `http://${reachable(host)}:${port}`
  const load = `${moved(host, ports, ['shop'])}npm run load`
  const fault = `${moved(host, ports, ['shopAdmin', 'paymentsAdmin', 'workerAdmin'])}npm run fault`
  return `
  shop      ${at(ports.shop)}/products        metrics ${at(ports.shopAdmin)}/metrics
  payments  ${at(ports.payments)}                 metrics ${at(ports.paymentsAdmin)}/metrics
  worker    ${at(ports.worker)}/queues          metrics ${at(ports.workerAdmin)}/metrics
  database  ${embedded ? 'embedded Postgres' : 'DATABASE_URL'}

In another terminal, customers, and a verdict on what they experienced:
  ${load}
What can be broken on purpose:
  ${fault} -- list
  ${fault} -- start payments-down --for 2m

Ctrl-C stops all.`
}

/** The variables another terminal needs to find what is not where it usually is. */
function moved(host: string, ports: Supervisor['ports'], names: (keyof typeof ports)[]): string {
  const settings = names.flatMap(name => {
    const { variable, number } = portSettings[name]
    return ports[name] === number ? [] : [`${variable}=${ports[name]} `]
  })
  return (reachable(host) === '127.0.0.1' ? '' : `HOST=${host} `) + settings.join('')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
