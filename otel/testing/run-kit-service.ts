/** Starts a service on the kit, by default kit-service.ts, as a child process and collects what it prints. */

import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export interface KitService {
  url: string
  adminUrl: string
  child: ChildProcess
  /** Parsed lines of stdout; what is not JSON stands as a string. */
  lines: () => (Record<string, unknown> | string)[]
  stderr: () => string
  /** Exit code, or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

const path = (relative: string) => fileURLToPath(new URL(relative, import.meta.url))

export async function runKitService(
  env: Record<string, string> = {},
  { readStdout = true, service = './kit-service.ts' } = {},
): Promise<KitService> {
  let stdout = ''
  let stderr = ''
  const child = fork(path(service), {
    execArgv: ['--import', path('../register.ts')],
    env: { PATH: process.env.PATH ?? '', OTEL_SERVICE_NAME: 'shop', ...env },
    silent: true,
  })
  if (readStdout)
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const ended = new Promise<number | NodeJS.Signals>(resolve => {
    child.on('close', (code, signal) => resolve(code ?? signal ?? 0))
  })
  const [ports] = (await Promise.race([
    once(child, 'message'),
    ended.then(code => {
      throw new Error(`Cannot start the kit's service: it ended with ${code}\n${stdout}${stderr}`)
    }),
  ])) as [{ port: number; adminPort: number }]
  return {
    url: `http://127.0.0.1:${ports.port}`,
    adminUrl: `http://127.0.0.1:${ports.adminPort}`,
    child,
    lines: () => stdout.split('\n').filter(Boolean).map(parse),
    stderr: () => stderr,
    ended,
  }
}

function parse(line: string): Record<string, unknown> | string {
  try {
    return JSON.parse(line) as Record<string, unknown>
  } catch {
    return line
  }
}
