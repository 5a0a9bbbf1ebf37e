/** Objectives from files of Sloth, OpenSLO and Pyrra, and to OpenSLO. */
import { objectives } from '../alerts/objectives.ts'
import { plainGroups, toYaml } from '../alerts/rules.ts'
import { checkObjectives, describe } from '../alerts/slo/check.ts'
import { sloGroups } from '../alerts/slo/rules.ts'
import { duration } from '../contract/durations.ts'
import { UserError, wrongUse } from '../contract/user-error.ts'
import { type Preset, presets, production } from '../contract/windows.ts'
import { platformFiles, platforms } from '../export/platforms/platforms.ts'
import { generateFiles, receiversNote } from '../export/slo-files/generate.ts'
import { importSlos, windowsIn } from '../export/slo-files/import.ts'
import { objectiveSource } from '../export/slo-files/objective-source.ts'
import { exportOpenSlo } from '../export/slo-files/openslo.ts'
import { command } from './command.ts'
import { readText, writeFiles, writeText } from './files.ts'
import { address, oneOf, required, resource, time } from './options.ts'

const formats = ['openslo', ...Object.keys(platforms)] as ('openslo' | keyof typeof platforms)[]

const usage = `Usage: npm run slo -- import FILE [--rules PRESET] [--json]
       npm run slo -- generate FILE... --out DIR [--period PERIOD] [--windows FILE]
       npm run slo -- export PLACE [--for FORMAT] [--rules PRESET] [--namespace NAME] [--label NAME=VALUE]...

  import FILE      read Sloth, OpenSLO v1 and v1alpha or Pyrra, - is stdin, and print the objectives as TypeScript for
                   alerts/objectives.ts
  generate FILE... write rules, rule tests, routing and a dashboard for such files; each alerts by the windows and
                   factors of its own tool, with the names, labels and annotations of its alerts
  export PLACE     write the objectives of alerts/objectives.ts as OpenSLO v1 to a file, - is stdout; or all rules of
                   the lab to a folder, one file per subject, with --for ${Object.keys(platforms).join(', ')}

  --for FORMAT     what to export: openslo (default), ${Object.keys(platforms).join(', ')}
  --rules PRESET   of an import: print Prometheus rules instead; of an export: the preset, 30d by default
                   (${presets.map(preset => preset.name).join(' or ')})
  --namespace NAME of an export for kubernetes: of the resources
  --label NAME=VALUE
                   their labels, as often as there are labels; kube-prometheus-stack selects rules by its release
  --json           print the objectives as JSON instead
  --out DIR        of generate: where to write
  --period PERIOD  of generate and import: of Sloth's files, which name none (default ${duration(production.period)})
  --windows FILE   of generate: Sloth's AlertWindows, one of them for that period (default: those of the workbook)
  --grafana-url URL, --runbook-url URL
                   of generate: where alerts link to; without them they link to nothing

What a format cannot express is refused with file, line and reason, and nothing is written.`

export const main = command({
  name: 'slo',
  usage,
  options: {
    for: { type: 'string' },
    rules: { type: 'string' },
    namespace: { type: 'string' },
    label: { type: 'string', multiple: true },
    json: { type: 'boolean' },
    out: { type: 'string' },
    period: { type: 'string' },
    windows: { type: 'string' },
    'grafana-url': { type: 'string' },
    'runbook-url': { type: 'string' },
  },
  words: true,
  run: (values, words) => {
    const [word, ...places] = words
    const verb = oneOf('choose what to do', word, ['import', 'generate', 'export'])
    refuseOptionsOfOthers(verb, Object.keys(values))
    if (verb === 'generate' && places.length > 0) {
      generate(values, places)
      return 0
    }
    const [place, ...rest] = places
    if (place === undefined || rest.length > 0)
      throw wrongUse({
        action: `run "${words.join(' ')}"`,
        expected: 'import FILE, generate FILE... or export PLACE',
      })
    if (verb === 'export') exportTo(place, values)
    else importFrom(place, values)
    return 0
  },
})

interface Values {
  for?: string
  rules?: string
  namespace?: string
  label?: string[]
  json?: boolean
  out?: string
  period?: string
  windows?: string
  'grafana-url'?: string
  'runbook-url'?: string
}

const optionsOf = {
  import: ['rules', 'json', 'period'],
  generate: ['out', 'period', 'windows', 'grafana-url', 'runbook-url'],
  export: ['for', 'rules', 'namespace', 'label'],
} as const satisfies Record<string, (keyof Values)[]>

function refuseOptionsOfOthers(verb: keyof typeof optionsOf, given: readonly string[]): void {
  const own: readonly string[] = optionsOf[verb]
  const other = given.find(name => !own.includes(name))
  if (other === undefined) return
  const verbs = Object.entries(optionsOf).filter(([, names]) => (names as readonly string[]).includes(other))
  throw wrongUse({
    action: `use --${other} with ${verb}`,
    expected: `it with ${verbs.map(([name]) => name).join(' or ')} alone`,
  })
}

function generate(values: Values, places: readonly string[]): void {
  const { out } = required('slo generate', values, ['out'])
  const url = (name: 'grafana-url' | 'runbook-url') =>
    values[name] === undefined ? undefined : address(name, values[name])
  const links = { grafanaUrl: url('grafana-url'), runbookUrl: url('runbook-url') }
  const windows =
    values.windows === undefined
      ? new Map<number, Preset>()
      : windowsIn(values.windows, readText(values.windows, "a file of Sloth's windows"))
  const period = periodOf(values)
  const imported = places.flatMap(file => importSlos(file, readText(file, sloFile), { period, windows }))
  if (windows.size > 0 && !imported.some(({ preset }) => [...windows.values()].includes(preset)))
    throw wrongUse({
      action: `use --windows ${values.windows}`,
      expected: 'a file of Sloth, as the others bring windows of their own',
      got: places.join(', '),
    })
  const { files, notes } = generateFiles(imported, links)
  console.log([...writeFiles(out, files), receiversNote, ...notes].join('\n'))
}

function importFrom(place: string, values: Values): void {
  const preset = presetOf(values)
  const imported = importSlos(place, readText(place, sloFile), { period: periodOf(values) }).map(
    ({ objective }) => objective,
  )
  const problems = checkObjectives(imported, [preset], place)
  if (problems.length > 0) throw new UserError(problems.map(describe).join('\n'))
  if (values.json) console.log(JSON.stringify(imported, null, 2))
  else if (values.rules !== undefined)
    console.log(toYaml({ groups: plainGroups(sloGroups(imported, preset)) }, importedHeader(place)))
  else console.log(imported.map(objectiveSource).join(',\n'))
}

function exportTo(place: string, values: Values): void {
  const preset = presetOf(values)
  const format = oneOf('read --for', values.for ?? 'openslo', formats)
  const { namespace, label } = values
  if ((namespace !== undefined || label !== undefined) && format !== 'kubernetes')
    throw wrongUse({ action: 'read --namespace and --label', expected: '--for kubernetes', got: format })
  const carried = resource(namespace, label)
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
  console.log(writeFiles(place, platformFiles(format, preset, carried)).join('\n'))
}

function periodOf({ period }: Values): number {
  return period === undefined ? production.period : time('period', period)
}

function presetOf({ rules: name = production.name }: Values): Preset {
  const known = presets.map(preset => preset.name)
  oneOf(`find preset "${name}"`, name, known)
  return presets.find(each => each.name === name)!
}

const sloFile = 'a file of Sloth, OpenSLO or Pyrra'

/** One line, whatever the file is called, or the rest of its name would be YAML. */
function importedHeader(file: string): string {
  const name = JSON.stringify(file)
  return `# Written by \`npm run slo -- import --rules\` from ${name}. Do not edit: change that and run it again.\n`
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
