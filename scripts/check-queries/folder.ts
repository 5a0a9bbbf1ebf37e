/** An exported folder as dashboards to check: those it holds, and one made of its rules, a panel for each. */

import { globSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { dashboardTag } from '../../contract/links.ts'
import { systemReason, UserError } from '../../contract/user-error.ts'
import type { Reasons } from '../../dashboards/kit/live/live.ts'
import { quietReasons } from '../../dashboards/kit/live/live.ts'
import type { NativeDashboard, NativePanel } from '../../dashboards/kit/native/dashboard.ts'
import { definitions } from '../../dashboards/outputs.ts'

interface Folder {
  dashboards: NativeDashboard[]
  /** Why a panel may be empty, by `UID: TITLE`. */
  reasons: Reasons
}

const largestFile = 16 * 1024 * 1024

export function readFolder(folder: string): Folder {
  const read = (pattern: string) =>
    filesIn(folder, pattern).flatMap(file =>
      contentsOf(join(folder, file)).map(content => ({ file, content })),
    )
  const dashboards = read('**/*.json').flatMap(({ content }) =>
    isDashboard(content) ? [confined(content)] : [],
  )
  const rules = read('**/*.{yaml,yml}').flatMap(({ file, content }) => rulesOf(file, content))
  if (dashboards.length === 0 && rules.length === 0)
    throw new UserError({ action: `check ${folder}`, expected: 'dashboards or rules', got: 'none' })
  const quiet = new Map<string, string>(rules.flatMap(({ whenEmpty }) => whenEmpty))
  for (const [key, reason] of quietReasons(definitions))
    for (const { uid } of dashboards)
      if (isMadeOf(uid, key)) quiet.set(`${uid}${key.slice(key.indexOf(':'))}`, reason)
  return { dashboards: [...dashboards, ...rules.map(({ dashboard }) => dashboard)], reasons: quiet }
}

/** `orders-red` is made of `sightline-red`. */
function isMadeOf(uid: string, key: string): boolean {
  const [ours = ''] = key.split(':', 1)
  return uid.endsWith(ours.slice(dashboardTag.length))
}

function filesIn(folder: string, pattern: string): string[] {
  try {
    if (!statSync(folder).isDirectory())
      throw new UserError({ action: `check ${folder}`, expected: 'a folder', got: 'a file' })
    return globSync(pattern, { cwd: folder }).sort()
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError({ action: `check ${folder}`, expected: 'a folder', got: systemReason(error) })
  }
}

/** A file of YAML may hold several documents. */
function contentsOf(path: string): unknown[] {
  const { size } = statSync(path)
  if (size > largestFile)
    throw new UserError({ action: `read ${path}`, expected: `at most ${largestFile} bytes`, got: `${size}` })
  const text = readFileSync(path, 'utf8')
  try {
    if (path.endsWith('.json')) return [JSON.parse(text)]
    const documents = parseAllDocuments(text)
    const [error] = documents.flatMap(({ errors }) => errors)
    if (error !== undefined) throw error
    return documents.map(document => document.toJS())
  } catch (error) {
    const [line] = (error as Error).message.split('\n')
    throw new UserError({ action: `read ${path}`, expected: 'a file of an export', got: line! })
  }
}

function isDashboard(content: unknown): content is NativeDashboard {
  const { uid, panels, templating } = (content ?? {}) as Partial<NativeDashboard>
  return typeof uid === 'string' && Array.isArray(panels) && Array.isArray(templating?.list)
}

/** Of the one job it was made for: data of other services must not fill its panels. */
function confined(dashboard: NativeDashboard): NativeDashboard {
  const list = dashboard.templating.list.map(variable => {
    const { value } = (variable as { current?: { value?: unknown } }).current ?? {}
    const [job] = Array.isArray(value) ? value : [value]
    return variable.name === 'job' && typeof job === 'string' && !job.startsWith('$')
      ? { ...variable, allValue: job }
      : variable
  })
  return { ...dashboard, templating: { list } }
}

interface Rule {
  record?: unknown
  alert?: unknown
  expr?: unknown
  labels?: Record<string, unknown>
}

function rulesOf(file: string, content: unknown) {
  const { groups } = (content ?? {}) as { groups?: unknown }
  if (!Array.isArray(groups)) return []
  const rules: Rule[] = groups
    .flatMap(group => (Array.isArray(group?.rules) ? group.rules : []))
    .filter(({ expr }: Rule) => typeof expr === 'string')
  const panels = rules.map(
    ({ expr, ...rule }, index): NativePanel => ({
      id: index,
      type: 'stat',
      title: titleOf(rule),
      gridPos: { x: 0, y: 0, w: 1, h: 1 },
      targets: [{ refId: 'A', expr: String(expr), instant: true }],
    }),
  )
  const whenEmpty = rules.flatMap(rule =>
    rule.alert === undefined ? [] : [[`${file}: ${titleOf(rule)}`, 'nothing is wrong'] as const],
  )
  const dashboard = { uid: file, title: file, templating: { list: [] }, panels } as unknown as NativeDashboard
  return [{ dashboard, whenEmpty }]
}

function titleOf({ record, alert, labels = {} }: Rule): string {
  const told = Object.entries(labels).map(([name, value]) => `${name}="${value}"`)
  return `${record ?? alert}{${told.join(', ')}}`
}
