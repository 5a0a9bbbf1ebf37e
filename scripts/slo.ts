/** Objectives from OpenSLO or Sloth files, and to OpenSLO. */
import { type Objective, objectives } from '../alerts/objectives.ts'
import { plainGroups, toYaml } from '../alerts/rules.ts'
import { checkObjectives, describe } from '../alerts/slo/check.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { type Preset, presets, production } from '../contract/windows.ts'
import { platformFiles, platforms } from '../export/platforms/platforms.ts'
import { importObjectives } from '../export/slo-files/import.ts'
import { objectiveSource } from '../export/slo-files/objective-source.ts'
import { exportOpenSlo } from '../export/slo-files/openslo.ts'
import { command } from './command.ts'
import { readText, writeFiles, writeText } from './files.ts'
import { oneOf } from './options.ts'

const formats = ['openslo', ...Object.keys(platforms)] as ('openslo' | keyof typeof platforms)[]

const usage = `Usage: npm run slo -- import FILE [--rules PRESET] [--json]
       npm run slo -- export PLACE [--for FORMAT] [--rules PRESET]

  import FILE      read OpenSLO v1 or Sloth, - is stdin, and print the objectives as TypeScript for
                   alerts/objectives.ts; their queries name metrics of contract/shop-signals.ts, and Sloth's names and
                   labels of alerts give way to ours
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
    const [word, place, ...rest] = words
    const verb = oneOf('choose what to do', word, ['import', 'export'])
    if (place === undefined || rest.length > 0)
      throw wrongUse({ action: `run "${words.join(' ')}"`, expected: 'import FILE or export PLACE' })
    const name = values.rules ?? production.name
    const known = presets.map(preset => preset.name)
    oneOf(`find preset "${name}"`, name, known)
    const preset = presets.find(each => each.name === name)!
    if (verb === 'export') {
      exportTo(place, oneOf('read --for', values.for ?? 'openslo', formats), preset)
      return 0
    }
    const imported = importFrom(place)
    const problems = checkObjectives(imported, [preset], place)
    if (problems.length > 0) throw new UserError(problems.map(describe).join('\n'))
    if (values.json) console.log(JSON.stringify(imported, null, 2))
    else if (values.rules !== undefined)
      console.log(toYaml({ groups: plainGroups(sloGroups(imported, preset)) }, importedHeader(place)))
    else console.log(imported.map(objectiveSource).join(',\n'))
    return 0
  },
})

function exportTo(place: string, format: (typeof formats)[number], preset: Preset): void {
  if (format === 'openslo') {
    writeText(place, exportOpenSlo(objectives, preset.period))
    return
  }
  if (place === '-')
    throw wrongUse({
      action: 'write to stdout',
      expected: `a folder for the rules of ${format}`,
      got: '-',
    })
  console.log(writeFiles(place, platformFiles(format, preset)).join('\n'))
}

function importFrom(file: string): Objective[] {
  return importObjectives(file, readText(file, 'an OpenSLO or Sloth file'))
}

/** One line, whatever the file is called, or the rest of its name would be YAML. */
function importedHeader(file: string): string {
  const name = JSON.stringify(file)
  return `# Written by \`npm run slo -- import --rules\` from ${name}. Do not edit: change that and run it again.\n`
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
