import { readFileSync } from 'node:fs'
import { RuleFileError } from '../../promql/rules/groups.ts'
import { loadRules } from '../../promql/rules/load.ts'
import { command, UsageError } from '../command.ts'
import { isSystemError } from './input.ts'

const usage = `Usage: npm run promql -- check-rules FILE...

Checks Prometheus rule files: their form, every query and every template.

  --json             groups, rules and problems of each file as JSON`

interface Checked {
  file: string
  groups: number
  rules: number
  problems: readonly string[]
}

export const main = command({
  name: 'promql',
  usage,
  options: { json: { type: 'boolean', default: false } },
  words: true,
  run: ({ json }, files) => {
    if (files.length === 0) throw new UsageError('Cannot check rules: expected files, got nothing')
    const checked = files.map(check)
    if (json) console.log(JSON.stringify(checked, null, 2))
    else for (const line of checked.flatMap(describe)) console.log(line)
    return checked.some(({ problems }) => problems.length > 0) ? 1 : 0
  },
})

function check(file: string): Checked {
  try {
    const groups = loadRules(readFileSync(file, 'utf8'), file)
    const rules = groups.reduce((sum, group) => sum + group.rules.length, 0)
    return { file, groups: groups.length, rules, problems: [] }
  } catch (error) {
    const nothing = { file, groups: 0, rules: 0 }
    if (error instanceof RuleFileError) return { ...nothing, problems: error.problems }
    if (!isSystemError(error)) throw error
    return { ...nothing, problems: [`${file}: ${error.code === 'ENOENT' ? 'no such file' : error.message}`] }
  }
}

function describe({ file, groups, rules, problems }: Checked): string[] {
  if (problems.length > 0) return [...problems]
  return [`${file}: fine, with ${count(groups, 'group')} and ${count(rules, 'rule')}`]
}

const count = (number: number, thing: string) => `${number} ${thing}${number === 1 ? '' : 's'}`
