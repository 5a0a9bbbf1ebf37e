/** The folder of one lab: who owns it, and where in it things are. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { systemReason, UserError } from '../../contract/user-error.ts'

export interface Folder {
  path: string
  /** Logs and traces. */
  database: string
  metrics: string
  runs: string
  alerts: string
  /** Nothing was there before. */
  isNew: boolean
  release(): void
}

interface Owner {
  pid: number
  url: string
  since: string
}

/** Takes the folder for this process. The system lets go of it whenever and however the process ends. */
export function takeFolder(path: string, url: string): Folder {
  try {
    mkdirSync(join(path, 'metrics'), { recursive: true })
  } catch (error) {
    throw new UserError({
      action: `keep data in ${path}`,
      expected: 'a folder this user may write to',
      got: systemReason(error),
      hint: 'Choose another one with --data, or keep nothing on disk with --memory',
    })
  }
  const ownerFile = join(path, 'owner.json')
  const release = lock(join(path, 'owner.lock'), path, ownerFile)
  const owner: Owner = { pid: process.pid, url, since: new Date().toISOString() }
  writeFileSync(ownerFile, JSON.stringify(owner))
  const database = join(path, 'logs-and-traces.db')
  return {
    path,
    database,
    metrics: join(path, 'metrics'),
    runs: join(path, 'runs.json'),
    alerts: join(path, 'alerts.json'),
    isNew: !existsSync(database),
    release() {
      rmSync(ownerFile, { force: true })
      release()
    },
  }
}

/** A lock that the system keeps for the process: a file with a process id would outlive a crash. */
function lock(path: string, folder: string, ownerFile: string): () => void {
  const database = new DatabaseSync(path, { timeout: 0 })
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!/locked|busy/i.test((error as Error).message))
      throw new UserError({ action: `lock ${folder}`, got: (error as Error).message })
    throw new UserError({
      action: `keep data in ${folder}`,
      expected: 'a folder that no other lab uses',
      got: ownerText(ownerFile),
      hint: 'Stop that one, or start this one with --data ANOTHER or --memory',
    })
  }
  return () => database.close()
}

/** Who has the folder, as far as it says. */
function ownerText(ownerFile: string): string {
  try {
    const { pid, url, since } = JSON.parse(readFileSync(ownerFile, 'utf8')) as Owner
    return `one that process ${pid} uses since ${since.slice(0, 16).replace('T', ' ')} for the lab at ${url}`
  } catch {
    return 'one that another process has locked'
  }
}
