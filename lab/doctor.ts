/** Whether this machine can run the lab: what would stop it, or make it lose data, found before it starts. */
import { accessSync, constants, existsSync, readdirSync, statfsSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { type PortName, ports } from '../contract/ports.ts'
import { systemReason, UserError } from '../contract/user-error.ts'
import { takeFolder } from './store/folder.ts'

export interface Finding {
  what: 'version' | 'port' | 'folder' | 'space' | 'clock'
  isFine: boolean
  text: string
}

interface Machine {
  /** The version that the lab is tested with, and the one that runs. */
  wantedNode: string
  node: string
  ports: Record<PortName, number>
  hasShop: boolean
  hasLoad: boolean
  /** Undefined: nothing is kept on disk. */
  folder: string | undefined
  /** Bytes that may be kept. */
  size: number
  now: number
}

const ownPorts = ['grafana', 'otlpHttp', 'otlpGrpc'] as const
const shopPorts = ['shop', 'shopAdmin', 'payments', 'paymentsAdmin', 'worker', 'workerAdmin'] as const

export async function examine(machine: Machine): Promise<Finding[]> {
  const { hasShop, hasLoad, folder } = machine
  const names: PortName[] = [
    ...ownPorts,
    ...(hasShop ? shopPorts : []),
    ...(hasLoad ? ['load' as const] : []),
  ]
  return [
    versionOf(machine),
    ...(await Promise.all(names.map(name => portOf(name, machine.ports[name])))),
    ...(folder === undefined ? [] : [folderOf(folder), spaceOf(folder, machine.size)]),
    clockOf(folder, machine.now),
  ]
}

function versionOf({ wantedNode, node }: Machine): Finding {
  const isFine = node.split('.')[0] === wantedNode.split('.')[0]
  return {
    what: 'version',
    isFine,
    text: isFine
      ? `Node ${node}`
      : `Node ${node}: expected ${wantedNode}, which \`npm run lab\` takes by itself after \`npm ci\``,
  }
}

/** What listens there in the lab, where that is not what the port is called by. */
const titles: Partial<Record<PortName, string>> = {
  grafana: 'the page and the APIs',
  otlpHttp: 'OTLP over HTTP',
  otlpGrpc: 'OTLP over gRPC',
}

async function portOf(name: PortName, number: number): Promise<Finding> {
  const { title, ...port } = ports[name]
  const told = `${number} for ${titles[name] ?? title}`
  const problem = await problemOf(number)
  if (problem === undefined) return { what: 'port', isFine: true, text: told }
  const variable = 'variable' in port ? `: stop what uses it, or set ${port.variable} to another one` : ''
  return { what: 'port', isFine: false, text: `${told} ${problem}${variable}` }
}

function problemOf(port: number): Promise<string | undefined> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code === 'EADDRINUSE' ? 'is taken' : `cannot be had (${code})`),
    )
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(undefined)))
  })
}

function folderOf(folder: string): Finding {
  try {
    const place = nearest(folder)
    if (!statSync(place).isDirectory())
      return { what: 'folder', isFine: false, text: `${folder}: expected a folder, got the file ${place}` }
    if (place === folder) takeFolder(folder, 'its own check').release()
    else accessSync(place, constants.W_OK)
    return { what: 'folder', isFine: true, text: `${folder} can be written to` }
  } catch (error) {
    const text =
      error instanceof UserError
        ? error.message
        : `Cannot write to ${nearest(folder)}: got ${systemReason(error)}`
    return { what: 'folder', isFine: false, text }
  }
}

/** The folder, or the one that is there in which it would be made. */
function nearest(folder: string): string {
  return existsSync(folder) ? folder : nearest(dirname(folder))
}

function spaceOf(folder: string, size: number): Finding {
  const { bavail, bsize } = statfsSync(nearest(folder))
  const [free, needed] = [bavail * bsize, Math.max(0, size - bytesIn(folder))]
  const megabytes = (bytes: number) => `${Math.floor(bytes / 1e6).toLocaleString('en')} MB`
  const isFine = free >= needed
  return {
    what: 'space',
    isFine,
    text: isFine
      ? `${megabytes(free)} free, of which the lab takes ${megabytes(needed)} at most`
      : `${megabytes(free)} free, and the lab may take ${megabytes(needed)}: make room, or give it less with --size`,
  }
}

/** A clock that was set back would have what comes in be older than what is there, and be refused. */
function clockOf(folder: string | undefined, now: number): Finding {
  const newest = Math.max(0, ...filesIn(folder).map(file => statSync(file).mtimeMs))
  const at = (time: number) => `${new Date(time).toISOString().slice(0, 19)}Z`
  const isFine = newest <= now + 60_000
  return {
    what: 'clock',
    isFine,
    text: isFine
      ? at(now)
      : `${at(now)}, but what is kept was written at ${at(newest)}: set the clock, or start with --data ANOTHER`,
  }
}

function bytesIn(folder: string): number {
  return filesIn(folder).reduce((sum, file) => sum + statSync(file).size, 0)
}

function filesIn(folder: string | undefined): string[] {
  if (folder === undefined || !existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
}
