/** What the containers take: memory, disk and the size of their images, as Docker counts them. */
import { execFileSync } from 'node:child_process'
import type { Container } from './engine.ts'

export interface Usage {
  service: string
  image: string
  imageBytes: number
  /** What the container has written beside its volumes. */
  writtenBytes: number
  memoryBytes: number
  memoryLimitBytes: number
}

/** Of containers that run; a job that has ended takes nothing. */
export function usageOf(containers: readonly Container[]): Usage[] {
  const running = containers.filter(({ state }) => state === 'running')
  const ids = running.map(({ id }) => id)
  const memory = readMemory(docker('stats', '--no-stream', '--no-trunc', '--format', '{{json .}}', ...ids))
  const sizes = '{{json .Id}} {{json .SizeRw}} {{json .Config.Image}} {{json .Image}}'
  const inspected = lines(docker('inspect', '--size', '--format', sizes, ...ids)).map(line =>
    line.split(' ').map(word => JSON.parse(word)),
  )
  return running.map(({ id, service }) => {
    const [, written, image, imageId] = inspected.find(([full]) => String(full).startsWith(id)) ?? []
    const { used, limit } = [...memory].find(([full]) => full.startsWith(id))?.[1] ?? { used: 0, limit: 0 }
    return {
      service,
      image: String(image),
      imageBytes: Number(docker('image', 'inspect', '--format', '{{.Size}}', String(imageId))),
      writtenBytes: Number(written ?? 0),
      memoryBytes: used,
      memoryLimitBytes: limit,
    }
  })
}

/** By container id, from lines of `docker stats`. */
export function readMemory(text: string): Map<string, { used: number; limit: number }> {
  return new Map(
    lines(text).map(line => {
      const { ID, Container, MemUsage } = JSON.parse(line) as Record<string, string>
      const [used = '', limit = ''] = (MemUsage ?? '').split(' / ')
      return [String(ID ?? Container), { used: bytesFrom(used), limit: bytesFrom(limit) }]
    }),
  )
}

/** Docker prints binary units for memory and decimal ones for disk. */
export function bytesFrom(text: string): number {
  const match = /^([\d.]+)\s*([kKMGT]?)(i?)B$/.exec(text.trim())
  if (match === null)
    throw new Error(`Cannot read a size from Docker: expected one like 12.5MiB, got "${text}"`)
  const [, number, prefix = '', binary] = match
  return (
    Number(number) * (binary === '' ? 1000 : 1024) ** ['', 'K', 'M', 'G', 'T'].indexOf(prefix.toUpperCase())
  )
}

/** Images by their id, because several containers share one. */
export function totals(usages: readonly Usage[]) {
  const images = new Map(usages.map(({ image, imageBytes }) => [image, imageBytes]))
  const sum = (of: (usage: Usage) => number) => usages.reduce((total, usage) => total + of(usage), 0)
  return {
    imageBytes: [...images.values()].reduce((total, bytes) => total + bytes, 0),
    writtenBytes: sum(usage => usage.writtenBytes),
    memoryBytes: sum(usage => usage.memoryBytes),
    memoryLimitBytes: sum(usage => usage.memoryLimitBytes),
  }
}

function docker(...args: string[]): string {
  return execFileSync('docker', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
}

function lines(text: string): string[] {
  return text.split('\n').filter(Boolean)
}
