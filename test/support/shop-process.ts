/** `npm run shop` as a process, with what it says. */

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, expect } from 'vitest'
import { eventually } from './eventually.ts'
import { freePorts } from './ports.ts'

const script = fileURLToPath(new URL('../../scripts/shop.ts', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'shop-command-'))

interface ShopCommand {
  child: ChildProcess
  ended: Promise<number | NodeJS.Signals>
  output: () => string
  errors: () => string
}

const running: ShopCommand[] = []

afterEach(async () => {
  for (const { child, ended } of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM')
    await ended
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

export async function somePorts(): Promise<Record<string, string>> {
  const names = ['SHOP', 'PAYMENTS', 'WORKER'].flatMap(role => [`${role}_PORT`, `${role}_ADMIN_PORT`])
  const ports = await freePorts(names.length)
  return Object.fromEntries(names.map((name, index) => [name, String(ports[index])]))
}

export function untilStarted(shop: ShopCommand): Promise<void> {
  return eventually(() => expect(shop.output(), shop.errors()).toContain('Ctrl-C stops all'), 180_000)
}

export function runShop(env: Record<string, string>, args: string[] = []): ShopCommand {
  let output = ''
  let errors = ''
  const child = spawn(process.execPath, [script, ...args], {
    env: {
      PATH: process.env.PATH ?? '',
      DRAIN_MS: '200',
      PAYMENTS_LEDGER: join(folder, 'payments-ledger'),
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals)
  const shop = { child, ended, output: () => output, errors: () => errors }
  running.push(shop)
  return shop
}
