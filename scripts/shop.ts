/** Starts the shop, payments and the worker on this machine. */
import { parseArgs } from 'node:util'
import { reachable, readConfig } from '../app/config.ts'
import { startSupervisor } from '../app/supervisor.ts'

const usage = `Usage: npm run shop [-- --logs]

Starts the shop, payments and the worker. Without DATABASE_URL an embedded Postgres serves, in memory
(or in EMBEDDED_DATABASE_DIR); with REDIS_URL the cache is shared. Ctrl-C drains and stops all.

  --logs   print every log line as JSON; without it only warnings and errors, in short`

const noteworthy = new Set(['warn', 'error', 'fatal'])

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { logs: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  })
  if (values.help) {
    console.log(usage)
    return
  }

  const config = readConfig()
  console.log('Starting the shop …')
  const starting = startSupervisor({
    config,
    onLine: (role, line) => (values.logs ? console.log(line) : show(role, line)),
    onNotice: text => console.log(text),
  })
  // From the first moment on, or a Ctrl-C during the start would leave the roles behind.
  let stopping = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, async () => {
      if (stopping) process.exit(1)
      stopping = true
      console.log('\nStopping: finishing what is under way …')
      const started = await starting.catch(() => undefined)
      await started?.stop()
      process.exit(0)
    })
  const supervisor = await starting
  if (stopping) return
  const at = (port: number) => `http://${reachable(config.host)}:${port}`
  console.log(`
  shop      ${at(config.ports.shop)}/products        metrics ${at(config.ports.shopAdmin)}/metrics
  payments  ${at(config.ports.payments)}                 metrics ${at(config.ports.paymentsAdmin)}/metrics
  worker    ${at(config.ports.worker)}/queues          metrics ${at(config.ports.workerAdmin)}/metrics
  database  ${supervisor.embedded ? 'embedded Postgres' : 'DATABASE_URL'}

In another terminal:
  npm run load                     customers, and a verdict on what they experienced
  npm run fault -- list            what can be broken on purpose
  npm run fault -- start payments-down --for 2m

Ctrl-C stops all.`)
}

/** One short line for a person; what is not JSON is shown as it is. */
function show(role: string, line: string): void {
  let entry: Record<string, unknown>
  try {
    entry = JSON.parse(line) as Record<string, unknown>
  } catch {
    console.log(`${role}: ${line}`)
    return
  }
  if (!noteworthy.has(String(entry.level))) return
  const {
    level,
    msg,
    err,
    time: _time,
    trace_id: _trace,
    span_id: _span,
    service_name: _service,
    ...rest
  } = entry
  const details = Object.entries(rest).map(
    ([name, value]) => `${name}=${typeof value === 'object' ? JSON.stringify(value) : value}`,
  )
  const cause = (err as { message?: unknown } | undefined)?.message
  console.log(
    [`${role} ${level}: ${msg}`, ...details, ...(cause === undefined ? [] : [`(${cause})`])].join(' '),
  )
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exit((error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1)
})
