import { readFileSync } from 'node:fs'
import { systemReason, wrongUse } from '../../contract/user-error.ts'
import type { Feature } from '../../engines/promql/language/features.ts'
import { RuleFileError } from '../../engines/promql/rules/groups.ts'
import { loadRules } from '../../engines/promql/rules/load.ts'
import { command } from '../command.ts'
import { featureOptions, featuresOption, featureUsage, isSystemError } from './input.ts'

const usage = `Usage: npm run promql -- check-rules FILE...

Checks Prometheus rule files: their form, every query and every template; - reads one from stdin.

${featureUsage}
  --json             groups, rules and problems of each file as JSON`

/** Some 60,000 rules; the YAML reader takes gigabytes and minutes for what is much longer. */
const longestFile = 8_000_000

interface Checked {
  file: string
  groups: number
  rules: number
  problems: readonly string[]
}

export const main = command({
  name: 'promql',
  usage,
  options: { ...featureOptions, json: { type: 'boolean', default: false } },
  words: true,
  run: ({ json, 'enable-feature': names }, files) => {
    if (files.length === 0) throw wrongUse('Cannot check rules: expected files, got nothing')
    const features = featuresOption(names)
    const checked = files.map(file => check(file, features))
    if (json) console.log(JSON.stringify(checked, null, 2))
    else for (const line of checked.flatMap(describe)) console.log(line)
    return checked.some(({ problems }) => problems.length > 0) ? 1 : 0
  },
})

function check(file: string, features: readonly Feature[]): Checked {
  const nothing = { file, groups: 0, rules: 0 }
  try {
    const text = readFileSync(file === '-' ? 0 : file, 'utf8')
    if (text.length > longestFile)
      return {
        ...nothing,
        problems: [`${file}: expected at most ${longestFile} characters, got ${text.length}`],
      }
    const groups = loadRules(text, file, features)
    const rules = groups.reduce((sum, group) => sum + group.rules.length, 0)
    return { file, groups: groups.length, rules, problems: [] }
  } catch (error) {
    if (error instanceof RuleFileError) return { ...nothing, problems: error.problems }
    if (!isSystemError(error)) throw error
    const hint = error.code === 'EISDIR' ? '; name the rule files in it' : ''
    return { ...nothing, problems: [`${file}: ${systemReason(error)}${hint}`] }
  }
}

function describe({ file, groups, rules, problems }: Checked): string[] {
  if (problems.length > 0) return [...problems]
  return [`${file}: fine, with ${count(groups, 'group')} and ${count(rules, 'rule')}`]
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? '' : 's'}`
