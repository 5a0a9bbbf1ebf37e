/** What the service of each adapter does, and how it starts and ends: only the framework differs. */

import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { startAdmin } from '../../admin.ts'
import { onShutdown } from '../../lifecycle.ts'
import { log } from '../../logs.ts'

/** GET /things/:id, and POST /things once it has its body. */
export function thing(id: unknown): { id: unknown } {
  log.info({ id }, 'inside the handler')
  return { id }
}

/** GET /thrown, and behind a mounted router GET /shops/:shop/thrown. */
export function throwing(): never {
  throw Object.assign(new Error('disk is full'), { code: 'ENOSPC' })
}

/** GET /rejected */
export async function rejecting(): Promise<never> {
  await sleep(5)
  throw new TypeError('no such field')
}

/** GET /slow */
export async function slow(): Promise<{ ok: true }> {
  await sleep(Number(process.env.SLOW_MS ?? 300))
  return { ok: true }
}

/** GET /stream, /endless and /torn */
export const streams = {
  stream: () => Readable.from(chunks(10)),
  endless: () => Readable.from(chunks(10_000)),
  torn: () => Readable.from(torn()),
}

async function* chunks(count: number) {
  for (let chunk = 0; chunk < count; chunk++) {
    await sleep(20)
    yield 'x'.repeat(100)
  }
}

async function* torn() {
  yield* chunks(2)
  throw Object.assign(new Error('tape torn'), { code: 'ETORN' })
}

export async function start(server: Server): Promise<void> {
  if (!server.listening)
    await new Promise<void>(resolve => server.listen({ host: '127.0.0.1', port: 0 }, resolve))
  const admin = await startAdmin({ host: '127.0.0.1', port: 0, ready: () => true })
  onShutdown('admin server', admin.close)
  onShutdown('http server', async () => {
    const idle = setInterval(() => server.closeIdleConnections(), 50)
    await new Promise(resolve => server.close(resolve))
    clearInterval(idle)
  })
  process.send?.({ port: (server.address() as AddressInfo).port, adminPort: admin.port })
  process.disconnect?.()
}
