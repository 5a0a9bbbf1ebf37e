/** Objectives from OpenSLO or Sloth files, and to OpenSLO. */
import { readFileSync, writeFileSync } from 'node:fs'
import { type Objective, objectives } from '../alerts/objectives.ts'
import { plainGroups, toYaml } from '../alerts/rules.ts'
import { checkObjectives, describe } from '../alerts/slo/check.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { type Preset, presets, production } from '../contract/windows.ts'
import { type Platform, platformFiles, platforms } from '../export/platforms/platforms.ts'
import { importObjectives } from '../export/slo-files/import.ts'
import { objectiveSource } from '../export/slo-files/objective-source.ts'
import { exportOpenSlo } from '../export/slo-files/openslo.ts'
import { SloFileError } from '../export/slo-files/reader.ts'
import { command, UsageError } from './command.ts'
import { writeFiles } from './write-files.ts'

const usage = `Usage: npm run slo -- import FILE [--rules PRESET] [--json]
       npm run slo -- export PLACE [--for FORMAT] [--rules PRESET]

  import FILE      read OpenSLO v1 or Sloth, print the objectives as TypeScript for alerts/objectives.ts; their queries
                   name metrics of contract/shop-signals.ts, and Sloth's names and labels of alerts give way to ours
  export PLACE     write the objectives of alerts/objectives.ts as OpenSLO v1 to a file, - is stdout; or all rules of
                   the lab to a folder, one file per subject, with --for ${Object.keys(platforms).join(', ')}

  --for FORMAT     what to export: openslo (default), ${Object.keys(platforms).join(', ')}
  --rules PRESET   of an import: print Prometheus rules instead; of an export: the preset, 30d by default
                   (${presets.map(preset => preset.name).join(' or ')})
  --json           print the objectives as JSON instead

What a format cannot express is refused with file, line and reason, and nothing is written.`

export const main = command({
  name: 'slo',
  usage,
  options: { for: { type: 'string' }, rules: { type: 'string' }, json: { type: 'boolean' } },
  words: true,
  run: (values, words) => {
    const [verb, file, ...rest] = words
    if ((verb !== 'import' && verb !== 'export') || file === undefined || rest.length > 0)
      throw new UsageError(`Cannot run "${words.join(' ')}": expected import FILE or export PLACE`)
    const preset = presets.find(({ name }) => name === (values.rules ?? production.name))
    if (preset === undefined)
      throw new UsageError(
        `Cannot find preset "${values.rules}": expected ${presets.map(({ name }) => name).join(' or ')}`,
      )
    if (verb === 'export') {
      exportTo(file, values.for ?? 'openslo', preset)
      return 0
    }
    const imported = importFrom(file)
    const problems = checkObjectives(imported, [preset], file)
    if (problems.length > 0) throw new Error(problems.map(describe).join('\n'))
    if (values.json) console.log(JSON.stringify(imported, null, 2))
    else if (values.rules !== undefined)
      console.log(toYaml({ groups: plainGroups(sloGroups(imported, preset)) }, importedHeader(file)))
    else console.log(imported.map(objectiveSource).join(',\n'))
    return 0
  },
})

function exportTo(place: string, format: string, preset: Preset): void {
  if (format === 'openslo') {
    const text = exportOpenSlo(objectives, preset.period)
    if (place === '-') console.log(text)
    else write(place, text)
    return
  }
  if (!isPlatform(format))
    throw new UsageError(
      `Cannot read --for: expected openslo, ${Object.keys(platforms)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}, got "${format}"`,
    )
  if (place === '-')
    throw new UsageError(`Cannot write to stdout: expected a folder for the rules of ${format}, got -`)
  console.log(writeFiles(place, platformFiles(format, preset)).join('\n'))
}

function isPlatform(name: string): name is Platform {
  return Object.hasOwn(platforms, name)
}

function importFrom(file: string): Objective[] {
  const text = read(file)
  try {
    return importObjectives(file, text)
  } catch (error) {
    throw error instanceof SloFileError ? new Error(error.message) : error
  }
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    throw new UsageError(`Cannot read ${file}: expected an OpenSLO or Sloth file, got ${reasonOf(error)}`)
  }
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (error) {
    throw new UsageError(`Cannot write ${file}: expected a file that can be written, got ${reasonOf(error)}`)
  }
}

function reasonOf(error: unknown): string {
  const { code } = error as { code?: string }
  if (code === 'ENOENT') return 'no such file or folder'
  if (code === 'EISDIR') return 'a folder'
  if (code === 'EACCES' || code === 'EPERM') return 'no permission'
  if (code === undefined) throw error
  return code
}

/** One line, whatever the file is called, or the rest of its name would be YAML. */
function importedHeader(file: string): string {
  const name = JSON.stringify(file)
  return `# Written by \`npm run slo -- import --rules\` from ${name}. Do not edit: change that and run it again.\n`
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
