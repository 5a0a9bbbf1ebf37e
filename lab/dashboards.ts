/** Dashboards as they stand in a folder at this moment, and how a page sees that they have changed. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { namesIn } from './config.ts'
import { HttpError } from './http.ts'

const filesIn = (folder: string) => namesIn(folder, 'dashboards', /\.json$/)

interface Found {
  uid: string
  title: string
  description: string
  tags: unknown
  text: string
  /** Why it cannot be shown. */
  problem?: string
}

/** One that is wrong does not keep the others from being shown. */
function dashboards(folder: string): Found[] {
  return filesIn(folder).map(name => {
    const text = readFileSync(join(folder, name), 'utf8')
    const usual = name.replace(/\.json$/, '')
    try {
      const { uid, title, description, tags } = read(text)
      const known = typeof uid === 'string' && uid !== '' ? uid : usual
      return {
        uid: known,
        title: String(title ?? known),
        description: String(description ?? ''),
        tags: tags ?? [],
        text,
      }
    } catch (error) {
      const problem = `Cannot read the dashboard ${name}: ${(error as Error).message}`
      return { uid: usual, title: name, description: problem, tags: [], text, problem }
    }
  })
}

function read(text: string): { [field: string]: unknown } {
  let found: unknown
  try {
    found = JSON.parse(text)
  } catch (error) {
    throw new Error(`expected JSON, got ${(error as Error).message}`)
  }
  if (typeof found === 'object' && found !== null && !Array.isArray(found))
    return found as { [field: string]: unknown }
  throw new Error('expected an object')
}

export function dashboardList(folder: string): object[] {
  return dashboards(folder).map(({ uid, title, description, tags }) => ({ uid, title, description, tags }))
}

export function dashboardText(folder: string, uid: string): string {
  const found = dashboards(folder).find(dashboard => dashboard.uid === uid)
  if (found === undefined) throw new HttpError(404, `Cannot find the dashboard "${uid}"`)
  if (found.problem !== undefined) throw new HttpError(500, found.problem)
  return found.text
}

/** Changes with every file that is written, comes or goes. */
export function revisionOf(folder: string): string {
  const hash = createHash('sha256')
  for (const name of filesIn(folder)) {
    const stat = statSync(join(folder, name), { bigint: true, throwIfNoEntry: false })
    hash.update(`${name}\n${stat?.mtimeNs}\n${stat?.size}\n${stat?.ino}\n`)
  }
  return hash.digest('base64url').slice(0, 16)
}
