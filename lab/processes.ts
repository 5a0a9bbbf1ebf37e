/** The shop's roles and its visitors, as children of the lab. */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readConfig } from '../app/config.ts'
import { startSupervisor } from '../app/supervisor.ts'

export interface Running {
  stop(): Promise<void>
}

interface ShopOptions {
  otlpEndpoint: string
  signal: AbortSignal
  onLine: (role: string, line: string) => void
  onNotice: (text: string) => void
  onReady: (part: string) => void
}

export function startShop({ otlpEndpoint, ...options }: ShopOptions): Promise<Running> {
  return startSupervisor({
    ...options,
    config: readConfig(),
    environment: {
      OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=lab',
      OTEL_EXPORTER_OTLP_ENDPOINT: otlpEndpoint,
      // The lab waits for nobody when it is told to stop.
      DRAIN_MS: process.env.DRAIN_MS ?? '0',
    },
  })
}

/** `script` is what `npm run load` runs. */
export function startLoad(script: string, args: readonly string[], onEnd: (text: string) => void): Running {
  const child: ChildProcess = spawn(process.execPath, [script, ...args], {
    // The channel carries nothing: it closes when this process ends in whatever way, and the child ends with it.
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Ctrl-C reaches this process alone, which then ends the others in order.
    detached: true,
  })
  const ended = once(child, 'exit')
  let isStopping = false
  // The load generator tells of its progress there, which is for a terminal of its own.
  let lastLine = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => {
    lastLine = text.trim().split('\n').at(-1) || lastLine
  })
  void ended.then(([code]) => {
    if (!isStopping) onEnd(`The load generator ended with ${code}: ${lastLine}`)
  })
  return {
    async stop() {
      isStopping = true
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
      await ended
    },
  }
}
