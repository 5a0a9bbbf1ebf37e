/**
 * Puts the past where Prometheus will find it, before its first start. Whatever interrupts it, the next start either
 * begins anew or carries on: blocks are moved only after the list of them is on disk.
 */

import { execFile } from 'node:child_process'
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { promisify } from 'node:util'
import { UserError } from '../../contract/user-error.ts'
import type { Preset } from '../../contract/windows.ts'
import { historyText } from './openmetrics.ts'

export type Outcome = 'written' | 'completed' | 'present' | 'foreign'

interface Backfill {
  /** Prometheus' data folder. */
  data: string
  preset: Preset
  /** Seconds since the epoch. */
  now: number
  promtool?: string
}

const block = /^[0-9A-HJKMNP-TV-Z]{26}$/

export async function backfill({ data, preset, now, promtool = 'promtool' }: Backfill): Promise<Outcome> {
  const done = join(data, '.history-done')
  const work = join(data, '.history')
  const plan = join(work, 'blocks.json')
  makeFolder(data)
  if (existsSync(done)) return 'present'
  const isInterrupted = existsSync(plan)
  if (!isInterrupted) {
    // Data of a past that was lived is worth more than one that is invented.
    if (readdirSync(data).some(name => block.test(name) || name === 'wal')) return 'foreign'
    rmSync(work, { recursive: true, force: true })
    mkdirSync(join(work, 'blocks'), { recursive: true })
    await makeBlocks(promtool, work, preset, now)
    writeFileSync(`${plan}.new`, JSON.stringify(readdirSync(join(work, 'blocks'))), { flush: true })
    renameSync(`${plan}.new`, plan)
  }
  for (const name of JSON.parse(readFileSync(plan, 'utf8')) as string[])
    if (existsSync(join(work, 'blocks', name))) renameSync(join(work, 'blocks', name), join(data, name))
  writeFileSync(done, `${preset.name}\n`, { flush: true })
  rmSync(work, { recursive: true })
  return isInterrupted ? 'completed' : 'written'
}

async function makeBlocks(promtool: string, work: string, preset: Preset, now: number): Promise<void> {
  const text = join(work, 'history.om')
  await pipeline(Readable.from(historyText(preset, now)), createWriteStream(text))
  const args = ['tsdb', 'create-blocks-from', 'openmetrics', '--quiet', text, join(work, 'blocks')]
  try {
    await promisify(execFile)(promtool, [...args, '--max-block-duration=24h'])
  } catch (error) {
    const { code, stderr } = error as { code?: string | number; stderr?: string }
    const reason = code === 'ENOENT' ? 'no such program' : (stderr?.trim().split('\n').at(-1) ?? code)
    throw new UserError(`Cannot make blocks of the history: expected ${promtool} to succeed, got ${reason}`)
  }
  rmSync(text)
}

function makeFolder(data: string): void {
  try {
    mkdirSync(data, { recursive: true })
    writeFileSync(join(data, '.writable'), '')
    rmSync(join(data, '.writable'))
  } catch (error) {
    throw new UserError(
      `Cannot write the history: expected ${data} to be a folder this user may write to, got ${(error as NodeJS.ErrnoException).code}`,
    )
  }
}
