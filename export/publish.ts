/** Compares dashboards with those of a running Grafana, and writes the ones that differ. */

import { textOf } from '../contract/answer.ts'
import { UserError } from '../contract/user-error.ts'
import { type NativeDashboard, panelsOf } from '../dashboards/kit/native/dashboard.ts'

interface Grafana {
  url: string
  /** A service account's token. */
  token?: string | undefined
}

interface Change {
  uid: string
  title: string
  status: 'new' | 'changed' | 'same'
  /** Panels and settings that differ, in words. */
  differences: string[]
}

/** What publishing would do; nothing is written. */
export async function plan(grafana: Grafana, dashboards: readonly NativeDashboard[]): Promise<Change[]> {
  await expectGrafana(grafana)
  return Promise.all(
    dashboards.map(async dashboard => {
      const { uid, title } = dashboard
      const found = await request<{ dashboard: NativeDashboard }>(grafana, `/api/dashboards/uid/${uid}`, {
        mayBeMissing: true,
      })
      if (found === undefined) return { uid, title, status: 'new', differences: [] }
      const differences = differencesOf(found.dashboard, dashboard)
      return { uid, title, status: differences.length === 0 ? 'same' : 'changed', differences }
    }),
  )
}

/** Writes the dashboards that differ; `folder` is a title, made when it is missing. */
export async function publish(
  grafana: Grafana,
  dashboards: readonly NativeDashboard[],
  folder: string,
): Promise<Change[]> {
  const changes = await plan(grafana, dashboards)
  const due = dashboards.filter((_dashboard, index) => changes[index]!.status !== 'same')
  if (due.length === 0) return changes
  const folderUid = await ensureFolder(grafana, folder)
  for (const dashboard of due)
    await request(grafana, '/api/dashboards/db', {
      body: {
        dashboard: { ...dashboard, id: null },
        folderUid,
        overwrite: true,
        message: 'Published from its definition',
      },
      about: `dashboard ${dashboard.uid}`,
    })
  return changes
}

function differencesOf(before: NativeDashboard, after: NativeDashboard): string[] {
  const settings = (dashboard: NativeDashboard): Partial<Record<keyof NativeDashboard, unknown>> => ({
    title: dashboard.title,
    description: dashboard.description,
    tags: dashboard.tags,
    refresh: dashboard.refresh,
    time: dashboard.time,
    links: dashboard.links,
    annotations: dashboard.annotations,
    templating: dashboard.templating,
    schemaVersion: dashboard.schemaVersion,
  })
  const was: Record<string, unknown> = settings(before)
  const changedSettings = Object.entries(settings(after))
    .filter(([key, value]) => !same(was[key], value))
    .map(([key]) => `~ ${key}`)
  const old = new Map(panelsOf(before).map(panel => [panel.id, panel]))
  const now = new Map(panelsOf(after).map(panel => [panel.id, panel]))
  return [
    ...changedSettings,
    ...[...now.values()].flatMap(panel => {
      const previous = old.get(panel.id)
      if (previous === undefined) return [`+ panel "${panel.title}"`]
      return same(previous, panel) ? [] : [`~ panel "${panel.title}"`]
    }),
    ...[...old.values()].filter(({ id }) => !now.has(id)).map(({ title }) => `- panel "${title}"`),
  ]
}

/** Without it, any server that answers 404 in JSON would be taken for a Grafana that has none of the dashboards. */
async function expectGrafana(grafana: Grafana): Promise<void> {
  const health = await request<{ database?: string }>(grafana, '/api/health', { mayBeMissing: true })
  if (health?.database === undefined)
    throw new UserError(
      `Cannot publish to ${grafana.url}: expected the address of a Grafana, got a server without its /api/health`,
    )
}

/** Looks for the folder in the list of all, because Grafana answers an editor's request for a missing one with 403. */
async function ensureFolder(grafana: Grafana, title: string): Promise<string> {
  const folders = await request<Folder[]>(grafana, '/api/folders?limit=1000')
  const found = folders!.find(folder => folder.title === title)
  if (found !== undefined) return found.uid
  const uid = title
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, 40)
  await request(grafana, '/api/folders', { body: { uid, title }, about: `folder ${title}` })
  return uid
}

interface Folder {
  uid: string
  title: string
}

/** Undefined where the answer is 404 and `mayBeMissing`; `about` names what is written, for an error's message. */
async function request<T>(
  { url, token }: Grafana,
  path: string,
  { body, about, mayBeMissing = false }: { body?: object; about?: string; mayBeMissing?: boolean } = {},
): Promise<T | undefined> {
  const base = url.replace(/\/$/, '')
  const response = await fetch(`${base}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers: {
      accept: 'application/json',
      ...(body && { 'content-type': 'application/json' }),
      ...(token && { authorization: `Bearer ${token}` }),
    },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(15_000),
    redirect: 'manual',
  }).catch((error: Error) => {
    const cause = error.cause as { code?: string; message?: string } | undefined
    throw new UserError(
      `Cannot reach Grafana at ${base}: expected an answer, got ${cause?.code ?? cause?.message ?? error.message}`,
    )
  })
  const text = await textOf(response)
  const isJson = response.headers.get('content-type')?.includes('application/json') ?? false
  if (response.status === 404 && mayBeMissing && isJson) return undefined
  if (response.status === 401 || response.status === 403)
    throw new UserError(
      `Cannot publish to ${base}: expected GRAFANA_TOKEN to be a token of an editor, got ${response.status} ${messageOf(text)}`,
    )
  if (!isJson)
    throw new UserError(
      `Cannot publish to ${base}: expected the address of a Grafana, got ${response.status} without JSON from ${path}`,
    )
  if (!response.ok)
    throw new UserError(
      `Cannot publish ${about ?? path}: expected Grafana to accept it, got ${response.status} ${messageOf(text)}`,
    )
  try {
    return JSON.parse(text) as T
  } catch {
    throw new UserError(`Cannot publish to ${base}: expected JSON from ${path}, got "${text.slice(0, 40)}"`)
  }
}

function messageOf(text: string): string {
  try {
    return (JSON.parse(text) as { message?: string }).message ?? text.slice(0, 200)
  } catch {
    return text.slice(0, 200)
  }
}

/** Equal whatever the order of keys. */
function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(sorted(a)) === JSON.stringify(sorted(b))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  )
}
