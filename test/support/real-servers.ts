/** Postgres and Redis, started for a test and gone with it. */

import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chownSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { untilReady } from './eventually.ts'
import { freePort } from './ports.ts'

export interface RealServer {
  url: string
  stop: () => Promise<void>
}

export interface MortalServer extends RealServer {
  /** Kills the server and leaves its port unanswered. */
  kill: (signal?: 'SIGQUIT' | 'SIGKILL') => Promise<void>
  start: () => Promise<void>
}

/** A Postgres of its own in a temporary folder, gone with `stop`. */
export async function startPostgres(bin: string): Promise<MortalServer> {
  const folder = mkdtempSync(join(tmpdir(), 'shop-postgres-'))
  const identity = unprivileged()
  if (identity.uid !== undefined) chownSync(folder, identity.uid, identity.gid!)
  const data = join(folder, 'data')
  execFileSync(join(bin, 'initdb'), ['-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync'], {
    ...identity,
    cwd: folder,
    stdio: 'pipe',
  })
  const port = await freePort()
  let output = ''
  const begin = () => {
    const child = spawn(
      join(bin, 'postgres'),
      ['-D', data, '-p', String(port), '-k', folder, '-h', '127.0.0.1', '-c', 'fsync=off'],
      { ...identity, cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] },
    )
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => {
        output += text
      })
    return child
  }
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`
  const answers = (starting?: { child: () => ChildProcess }) =>
    untilReady({ name: 'Postgres', output: () => output, ...starting }, async () => {
      const client = new pg.Client({ connectionString: url })
      await client.connect()
      await client.end()
    })
  let child = begin()
  const end = async (signal: NodeJS.Signals) => {
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.signalCode === null && child.kill(signal)) await ended
  }
  const stop = async () => {
    // The fast shutdown: clients are disconnected, not waited for.
    await end('SIGINT')
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await answers({ child: () => child })
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    stop,
    // The immediate shutdown is the crash Postgres offers: all its processes end without a word.
    kill: (signal = 'SIGQUIT') => end(signal),
    start: async () => {
      child = begin()
      // After SIGKILL it refuses to start for as long as one of its old processes has not noticed.
      const again = () => {
        child = begin()
      }
      const timer = setInterval(() => child.exitCode !== null && again(), 200)
      await answers().finally(() => clearInterval(timer))
    },
  }
}

/** A MariaDB of its own in a temporary folder, without passwords, gone with `stop`. */
export async function startMariadb({
  server,
  install,
}: { [program in 'server' | 'install']: string }): Promise<RealServer & { port: number }> {
  const folder = mkdtempSync(join(tmpdir(), 'kit-mariadb-'))
  const port = await freePort()
  const user = process.getuid?.() === 0 ? ['--user=root'] : []
  const options = [`--datadir=${join(folder, 'data')}`, ...user]
  execFileSync(
    install,
    ['--no-defaults', ...options, '--auth-root-authentication-method=normal', '--skip-test-db'],
    { cwd: folder, stdio: 'pipe' },
  )
  let output = ''
  const child = spawn(
    server,
    [
      '--no-defaults',
      ...options,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--socket=${join(folder, 'socket')}`,
      `--pid-file=${join(folder, 'pid')}`,
      '--innodb-flush-log-at-trx-commit=0',
    ],
    { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
  )
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text
  })
  const stop = async () => {
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    await untilReady({ name: 'MariaDB', child: () => child, output: () => output }, async () => {
      const { createConnection } = await import('mysql2/promise')
      const connection = await createConnection({ host: '127.0.0.1', port, user: 'root' })
      await connection.end()
    })
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `mysql://root@127.0.0.1:${port}`, port, stop }
}

export async function startRedis(program: string): Promise<MortalServer> {
  const port = await freePort()
  const begin = () =>
    spawn(program, ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
      cwd: tmpdir(),
    })
  let child = begin()
  const answers = () =>
    untilReady({ name: 'Redis', child: () => child, output: () => '' }, async () => {
      const { createClient } = await import('redis')
      const client = createClient({
        url: `redis://127.0.0.1:${port}`,
        socket: { reconnectStrategy: false },
      })
      client.on('error', () => {})
      await client.connect()
      await client.ping()
      client.destroy()
    })
  await answers()
  const kill = async () => {
    const ended = once(child, 'exit')
    if (child.exitCode === null && child.signalCode === null && child.kill('SIGKILL')) await ended
  }
  return {
    url: `redis://127.0.0.1:${port}`,
    kill,
    start: async () => {
      child = begin()
      await answers()
    },
    stop: kill,
  }
}

/** Postgres refuses to run as root, so there it runs as the user its package made. */
function unprivileged(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {}
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}
