/** Starts the shop, payments and the worker on this machine. */
import { portSettings, reachable, readConfig } from '../app/config.ts'
import { type Supervisor, startSupervisor } from '../app/supervisor.ts'
import { command } from './command.ts'
import { shortened } from './shop/log-lines.ts'
import { onOneLine } from './terminal.ts'

const usage = `Usage: npm run shop [-- --logs]

Starts the shop, payments and the worker. Without DATABASE_URL an embedded Postgres serves, in memory
(or in EMBEDDED_DATABASE_DIR); with REDIS_URL the cache is shared. Ctrl-C drains and stops all.

  --logs   print every log line as JSON; without it only warnings and errors, in short`

const main = command({
  name: 'shop',
  usage,
  options: { logs: { type: 'boolean', default: false } },
  run: async ({ logs }) => {
    const config = readConfig()
    console.log('Starting the shop …')
    const start = new AbortController()
    const starting = startSupervisor({
      config,
      signal: start.signal,
      onLine: (role, line) => print(logs ? onOneLine(line) : shortened(role, line)),
      onNotice: text => console.log(text),
    })
    // From the first moment on, or a Ctrl-C during the start would leave the roles behind.
    let stopping = false
    const stop = async () => {
      if (stopping) process.exit(130)
      stopping = true
      console.log('\nStopping: finishing what is under way …')
      start.abort()
      const started = await starting.catch(() => undefined)
      await started?.stop()
      process.exit(0)
    }
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop)
    try {
      const supervisor = await starting
      if (!stopping) console.log(banner(config.host, supervisor))
    } catch (error) {
      if (!stopping) throw error
    }
    return 0
  },
})

function print(text: string | undefined): void {
  if (text !== undefined) console.log(text)
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
