/** Reads somebody's rules again when their files change; while one is wrong, the earlier rules go on. */
import { readRuleFolder } from './config.ts'
import type { RuleFile } from './metrics/rules.ts'

interface WatchOptions {
  folder: string
  /** As they were read at the start. */
  files: readonly RuleFile[]
  use: (files: readonly RuleFile[]) => Promise<unknown>
  onNotice: (text: string) => void
}

/** Looking again sees what every editor and every mounted folder does to a file. */
const lookEvery = 1000

export function watchRules({ folder, files, use, onNotice }: WatchOptions): { stop: () => void } {
  let known = JSON.stringify(files)
  let timer = setTimeout(look, lookEvery)
  let isStopped = false

  async function look(): Promise<void> {
    try {
      const found = readRuleFolder(folder)
      const text = JSON.stringify(found)
      if (text !== known) {
        // A file that is wrong is told of once.
        known = text
        await use(found)
        onNotice(`The rules in ${folder} have changed and are read again`)
      }
    } catch (error) {
      if (!isStopped) onNotice(`${(error as Error).message}; the earlier rules go on`)
    }
    if (!isStopped) timer = setTimeout(look, lookEvery)
  }

  return {
    stop() {
      isStopped = true
      clearTimeout(timer)
    },
  }
}
