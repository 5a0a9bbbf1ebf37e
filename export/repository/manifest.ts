/** What a run leaves for the next one: whose files they are, and what was written. */
import { UserError } from '../../contract/user-error.ts'
import type { Repository } from './files.ts'
import type { Written } from './update.ts'

export type Settings = Pick<Repository, 'service' | 'job' | 'grafanaUrl' | 'runbookUrl'>

interface Manifest {
  settings: Settings
  files: Written
}

export function manifestText(version: string, settings: Settings, files: Written): string {
  const about = 'Written by `npm run init`, which reads it to tell your changes from its own: commit it'
  return `${JSON.stringify({ about, version, ...settings, files }, undefined, 2)}\n`
}

/** Undefined without a text, before the first run. */
export function readManifest(path: string, text: string | undefined): Manifest | undefined {
  if (text === undefined) return undefined
  const refuse = (got: string) =>
    new UserError({ action: `read ${path}`, expected: 'what `npm run init` wrote', got })
  let content: unknown
  try {
    content = JSON.parse(text)
  } catch (error) {
    throw refuse((error as Error).message)
  }
  if (!isMap(content) || !isMap(content.files)) throw refuse('JSON without "files"')
  const { service, job, grafanaUrl, runbookUrl, files } = content
  if (!isText(service) || !isText(job)) throw refuse('JSON without "service" and "job"')
  for (const [file, hash] of Object.entries(files)) {
    // Files that are not wanted any more are removed, so none may be elsewhere.
    if (/^[/\\]|^\w:|(^|[/\\])\.\.([/\\]|$)/.test(file)) throw refuse(`the file "${file}", which is outside`)
    if (!isText(hash)) throw refuse(`no hash of "${file}"`)
  }
  return {
    settings: {
      service,
      job,
      ...(isText(grafanaUrl) && { grafanaUrl }),
      ...(isText(runbookUrl) && { runbookUrl }),
    },
    files: files as Written,
  }
}

function isMap(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isText(value: unknown): value is string {
  return typeof value === 'string'
}
