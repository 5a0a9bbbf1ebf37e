/** Which files there are: `7.wal` the seventh file of the log, `3-6.block` what the third to the sixth held. */
import { closeSync, openSync, readdirSync, readSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type BlockHead, readHead } from './block.ts'

export interface BlockFile extends BlockHead {
  path: string
  from: number
  to: number
  bytes: number
}

interface LogFile {
  path: string
  number: number
  bytes: number
}

export function blockName(from: number, to: number): string {
  return `${from}-${to}.block`
}

export function logName(number: number): string {
  return `${number}.wal`
}

/** In order of time. What a crash left beside, and what a block holds already, is taken away. */
export function findFiles(folder: string): { blocks: BlockFile[]; logs: LogFile[] } {
  const blocks: BlockFile[] = []
  const logs: LogFile[] = []
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    const [, from, to] = /^(\d+)-(\d+)\.block$/.exec(name) ?? []
    const number = /^(\d+)\.wal$/.exec(name)?.[1]
    if (name.endsWith('.new')) rmSync(path)
    else if (number !== undefined) logs.push({ path, number: Number(number), bytes: statSync(path).size })
    else if (from !== undefined) {
      const head = headOf(path)
      if (head !== undefined)
        blocks.push({ ...head, path, from: Number(from), to: Number(to), bytes: statSync(path).size })
    }
  }
  const isHeld = (from: number, to: number) =>
    blocks.some(block => block.from <= from && to <= block.to && !(block.from === from && block.to === to))
  const remaining = blocks.filter(({ path, from, to }) => {
    const isLeft = isHeld(from, to)
    if (isLeft) rmSync(path)
    return !isLeft
  })
  const open = logs.filter(({ path, number }) => {
    const isLeft = blocks.some(({ from, to }) => from <= number && number <= to)
    if (isLeft) rmSync(path)
    return !isLeft
  })
  return {
    blocks: remaining.toSorted((a, b) => a.from - b.from),
    logs: open.toSorted((a, b) => a.number - b.number),
  }
}

function headOf(path: string): BlockHead | undefined {
  const descriptor = openSync(path, 'r')
  const bytes = Buffer.alloc(64)
  const length = readSync(descriptor, bytes)
  closeSync(descriptor)
  return readHead(bytes.subarray(0, length))
}
