/** Puts dashboards, SLOs, rule tests and a CI workflow into somebody's repository, and updates them there. */
import { readFileSync, rmSync, statSync } from 'node:fs'
import { join, posix } from 'node:path'
import { systemReason, UserError, wrongUse } from '../contract/user-error.ts'
import { ownFiles, type RepositoryFiles, repositoryFiles } from '../export/repository/files.ts'
import { manifestText, readManifest, type Settings } from '../export/repository/manifest.ts'
import { besideOf, planUpdate, type Step } from '../export/repository/update.ts'
import { defaultFolder } from '../export/repository/workflow.ts'
import { command } from './command.ts'
import { leftOutLines, namesOf, placeOf, signalsFor } from './export.ts'
import { writeFiles } from './files.ts'
import { version } from './installed.ts'
import { address } from './options.ts'
import { visible } from './terminal.ts'

const usage = `Usage: npm run init -- --service NAME --source URL [options]
       npm run init -- --job JOB --prometheus URL [options]
       npm run init

Puts dashboards, SLO definitions, rules, rule tests and a CI workflow for your service into your repository. Run it again
after changing ${ownFiles.slos} or ${ownFiles.signals}, or with a newer version: what you have not touched is updated, what
you changed stays, with the new version beside it as FILE.new, and what you removed stays away.

  --service NAME     its name in titles and uids, such as checkout (default: made of --job)
  --job JOB          the value of its label "job", such as shop/checkout (default: --service)
  --source URL       the page of metrics of the running service, by which its names are recognised, or verified when
                     DIR/${ownFiles.signals} is there
  --prometheus URL   the same from a Prometheus that scrapes the service as JOB
  --signals NAMES    instead of recognising them: semconv, prom-client or a file
  --grafana-url URL  where alerts find the dashboards
  --runbook-url URL  where they find the page of an alert, by its name
  --repository DIR   the root of the repository (default: this folder)
  --out DIR          where the files go, from there (default ${defaultFolder})
  --check            write nothing; exit 1 when a run would write something
  --json             what was done as JSON`

export const main = command({
  name: 'init',
  usage,
  options: {
    service: { type: 'string' },
    job: { type: 'string' },
    source: { type: 'string' },
    prometheus: { type: 'string' },
    signals: { type: 'string' },
    'grafana-url': { type: 'string' },
    'runbook-url': { type: 'string' },
    repository: { type: 'string', default: '.' },
    out: { type: 'string', default: defaultFolder },
    check: { type: 'boolean' },
    json: { type: 'boolean' },
  },
  run: async values => {
    const folder = folderBelow(values.out)
    const read = readerOf(values.repository)
    const manifest = `${folder}/sightline.json`
    const known = readManifest(manifest, read(manifest))
    const settings = settingsOf(values, known?.settings)
    const { signals, evidence } = await signalsOf(values, settings, folder, read)
    const slos = read(`${folder}/${ownFiles.slos}`)
    const { files, ...made } = repositoryFiles({ ...settings, folder, signals, slos })
    const update = planUpdate({ wanted: files, written: known?.files ?? {}, read })
    if (!values.check) {
      writeFiles(values.repository, update.writes)
      remove(values.repository, update.removes)
      const text = manifestText(version(), settings, update.written)
      if (text !== read(manifest)) writeFiles(values.repository, { [manifest]: text })
    }
    const { steps } = update
    if (values.json) console.log(JSON.stringify({ steps, ...made, evidence }, undefined, 2))
    else
      console.log(
        visible([...report(steps), ...remarks(made, steps, settings.service), ...evidence].join('\n')),
      )
    const isDone = Object.keys(update.writes).length + update.removes.length === 0
    return values.check && !isDone ? 1 : 0
  },
})

interface Values {
  service?: string | undefined
  job?: string | undefined
  source?: string | undefined
  prometheus?: string | undefined
  signals?: string | undefined
  'grafana-url'?: string | undefined
  'runbook-url'?: string | undefined
  repository: string
}

type Read = (path: string) => string | undefined

/** Files of the repository as they are; undefined where there is none. */
function readerOf(repository: string): Read {
  if (!statSync(repository, { throwIfNoEntry: false })?.isDirectory())
    throw wrongUse({ action: 'read --repository', expected: 'a folder', got: `"${repository}"` })
  return path => {
    try {
      return readFileSync(join(repository, path), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw new UserError({
        action: `read ${path}`,
        expected: 'a file, or none',
        got: systemReason(error),
      })
    }
  }
}

function folderBelow(out: string): string {
  const folder = posix.normalize(out).replace(/\/$/, '')
  if (/^[\w.-]+(\/[\w.-]+)*$/.test(folder) && !folder.startsWith('.')) return folder
  throw wrongUse({
    action: 'read --out',
    expected: 'a folder below the root of the repository, such as services/checkout/observability',
    got: `"${out}"`,
  })
}

/** What is given now, else what the last run was given. */
function settingsOf(values: Values, known: Settings | undefined): Settings {
  const url = (name: 'grafana-url' | 'runbook-url') =>
    values[name] === undefined ? undefined : address(name, values[name])
  const given = { grafanaUrl: url('grafana-url'), runbookUrl: url('runbook-url') }
  const isNamed = values.service !== undefined || values.job !== undefined
  return {
    ...(isNamed || known === undefined ? namesOf('init', values) : known),
    grafanaUrl: given.grafanaUrl ?? known?.grafanaUrl,
    runbookUrl: given.runbookUrl ?? known?.runbookUrl,
  }
}

async function signalsOf(values: Values, { service, job }: Settings, folder: string, read: Read) {
  const own = `${folder}/${ownFiles.signals}`
  const isKept = read(own) !== undefined
  if (values.source !== undefined && values.prometheus !== undefined)
    throw wrongUse({ action: 'init', expected: 'one of --source and --prometheus', got: 'both' })
  if (isKept && values.signals !== undefined)
    throw wrongUse({
      action: 'init',
      expected: `no --signals, because ${own} says what they are`,
      got: 'both',
    })
  const place = placeOf(values, job)
  if (!isKept && place === undefined && values.signals === undefined)
    throw wrongUse({ action: 'init', expected: '--source, --prometheus or --signals', got: 'none' })
  return signalsFor(service, isKept ? join(values.repository, own) : values.signals, place)
}

function remove(repository: string, paths: readonly string[]): void {
  for (const path of paths)
    try {
      rmSync(join(repository, path))
    } catch (error) {
      throw new UserError({ action: `remove ${path}`, expected: 'permission', got: systemReason(error) })
    }
}

function report(steps: readonly Step[]): string[] {
  const lines = steps.flatMap(({ what, path }) => {
    if (what === 'same') return []
    const more = what === 'beside' ? `, which you changed; the new version is ${besideOf(path)}` : notes[what]
    return [`${what.padEnd(8)} ${path}${more ?? ''}`]
  })
  const same = steps.filter(({ what }) => what === 'same').length
  return same === 0 ? lines : [...lines, `${same} files are as they should be`]
}

const notes: Partial<Record<Step['what'], string>> = {
  kept: ', which you changed',
  gone: ', which you removed',
  removed: ', which is not needed any more',
}

/** What is left out is said when it was left out, and not at every run. */
function remarks(
  { notes, ...exported }: Omit<RepositoryFiles, 'files'>,
  steps: readonly Step[],
  service: string,
): string[] {
  const isNews = steps.some(({ what }) => what === 'new' || what === 'updated' || what === 'beside')
  return [...(isNews ? leftOutLines(exported, service) : []), ...notes]
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
