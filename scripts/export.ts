/** Writes dashboards and alerts for somebody else's service. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { formats } from '../dashboards/export/formats.ts'
import { presets, type SignalMapping } from '../dashboards/export/mapping.ts'
import { exportable, exportProject, type Project } from '../dashboards/export/project.ts'

const usage = `Usage: npm run export -- --service NAME --signals NAMES --format FORMAT --out DIR [options]

Writes dashboards and SLO alerts for your own service, with its own metric names.

  --service NAME     the value of its label "job", such as checkout
  --signals NAMES    ${Object.keys(presets).join(', ')}, or a file: JSON, or a module whose default export is
                     { signals, objectives? }; what it leaves out is listed as missing
  --only NAMES       comma separated: ${exportable.join(', ')}
  --format FORMAT    ${Object.keys(formats).join(', ')}
  --out DIR          where to write
  --json             what was written as JSON`

export async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      service: { type: 'string' },
      signals: { type: 'string' },
      only: { type: 'string' },
      format: { type: 'string' },
      out: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  })
  if (values.help) {
    console.log(usage)
    return 0
  }
  const { service, signals, format, out } = values
  if (service === undefined || signals === undefined || out === undefined || !isFormat(format)) {
    console.error(
      `Cannot export: expected --service, --signals, --out and a --format of ${Object.keys(formats).join(', ')}, got ${args.join(' ') || 'nothing'}\n\n${usage}`,
    )
    return 2
  }
  const { files, leftOut } = exportProject({
    ...(await readSignals(signals)),
    service,
    format,
    ...(values.only !== undefined && { only: values.only.split(',') }),
  })
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(out, path)), { recursive: true })
    writeFileSync(join(out, path), content)
  }
  if (values.json) console.log(JSON.stringify({ files: Object.keys(files), leftOut }, undefined, 2))
  else {
    console.log(
      Object.keys(files)
        .map(path => join(out, path))
        .join('\n'),
    )
    for (const { dashboard, panels } of leftOut)
      console.log(
        `\n${dashboard} goes without ${panels.length} panels whose signals ${service} does not have: ${panels.join(', ')}`,
      )
  }
  return 0
}

async function readSignals(name: string): Promise<Pick<Project, 'signals' | 'objectives'>> {
  const preset = presets[name]
  if (preset !== undefined) return { signals: preset }
  const url = pathToFileURL(resolve(name)).href
  const attributes = name.endsWith('.json') ? { with: { type: 'json' } } : {}
  const module: { default?: Partial<Project> & SignalMapping } = await import(url, attributes).catch(
    (error: Error) => {
      throw new Error(
        `Cannot read signals "${name}": expected ${Object.keys(presets).join(', ')} or a file, got ${error.message}`,
      )
    },
  )
  const content = module.default
  if (content?.signals === undefined)
    throw new Error(`Cannot read signals "${name}": expected an object with "signals", got ${typeof content}`)
  return { signals: content.signals, ...(content.objectives && { objectives: content.objectives }) }
}

function isFormat(name: string | undefined): name is Project['format'] {
  return name !== undefined && name in formats
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS') ? 2 : 1
  }
}
