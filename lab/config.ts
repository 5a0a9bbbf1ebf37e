/** What the lab runs on: the same configurations as the servers of the stack, for the ports of this start. */
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { parse } from 'yaml'
import { labFiles } from '../compose/outputs.ts'
import { inOneProcess } from '../compose/targets.ts'
import { seconds } from '../contract/durations.ts'
import type { PortName } from '../contract/ports.ts'
import { UserError } from '../contract/user-error.ts'
import type { Preset } from '../contract/windows.ts'
import type { RuleFile } from './metrics/rules.ts'
import type { ScrapeTarget } from './metrics/scraper.ts'

interface Place {
  root: string
  preset: Preset
  ports: Partial<Record<PortName, number>>
  /** Rule files of somebody's own instead of the generated ones. */
  rulesFolder?: string | undefined
  /** The generated rules are about the shop, and would miss it. */
  hasShop: boolean
}

interface Configuration {
  targets: ScrapeTarget[]
  /** Milliseconds. */
  scrapeInterval: number
  scrapeTimeout: number
  evaluationInterval: number
  maxExemplars: number
  externalLabels: Record<string, string>
  ruleFiles: RuleFile[]
  /** Alertmanager's configuration, as its file has it. */
  alertmanager: unknown
}

interface PrometheusFile {
  global: {
    scrape_interval: string
    scrape_timeout: string
    evaluation_interval: string
    external_labels: Record<string, string>
  }
  storage: { exemplars: { max_exemplars: number } }
  rule_files: string[]
  scrape_configs: { job_name: string; static_configs: { targets: string[] }[] }[]
}

export function readConfiguration({ root, preset, ports, rulesFolder, hasShop }: Place): Configuration {
  const files = labFiles(inOneProcess({ ports }))
  const folder = `stack/lab/${preset.name}`
  const { global, storage, ...prometheus } = parse(files[`${folder}/prometheus.yml`]!) as PrometheusFile
  const milliseconds = (text: string) => seconds(text) * 1000
  return {
    targets: prometheus.scrape_configs.flatMap(({ job_name: job, static_configs }) =>
      static_configs.flatMap(({ targets }) => targets.map(instance => ({ job, instance }))),
    ),
    scrapeInterval: milliseconds(global.scrape_interval),
    scrapeTimeout: milliseconds(global.scrape_timeout),
    evaluationInterval: milliseconds(global.evaluation_interval),
    maxExemplars: storage.exemplars.max_exemplars,
    externalLabels: global.external_labels,
    ruleFiles:
      rulesFolder !== undefined
        ? readRuleFolder(rulesFolder)
        : hasShop
          ? prometheus.rule_files.map(path => readRuleFile(join(root, 'generated', folder, path)))
          : [],
    alertmanager: parse(files[`${folder}/alertmanager.yml`]!),
  }
}

function readRuleFile(path: string): RuleFile {
  try {
    return { path: relative(process.cwd(), path), text: readFileSync(path, 'utf8') }
  } catch (error) {
    throw new UserError({
      action: `read the rules in ${dirname(path)}`,
      expected: path,
      got: (error as NodeJS.ErrnoException).code ?? 'nothing',
      hint: '`npm run generate` writes them',
    })
  }
}

export function readRuleFolder(folder: string): RuleFile[] {
  return namesIn(folder, 'rules', /\.ya?ml$/).map(name => readRuleFile(join(folder, name)))
}

/** Names of the files in a folder that somebody named. */
export function namesIn(folder: string, option: string, pattern: RegExp): string[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch (error) {
    throw new UserError({
      action: `read --${option}`,
      expected: 'a folder',
      got: `"${folder}" (${(error as NodeJS.ErrnoException).code})`,
    })
  }
  return names.filter(name => pattern.test(name)).toSorted()
}
