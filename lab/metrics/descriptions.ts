/** What is said of metrics: their type, help and unit, of so many names at most. */
import type { Metadata } from '../../engines/promql/text/openmetrics.ts'

export interface Descriptions {
  /** Of a name that is one too many, or too long, nothing is kept; such names are counted each time. */
  set(name: string, about: Metadata): void
  known: ReadonlyMap<string, Metadata>
  refused(): number
}

export const mostDescribed = 20_000
const longest = { name: 500, help: 500, unit: 100 }

/** `onNew` is told of what is new or has changed; most scrapes say again what is known. */
export function createDescriptions(onNew: (name: string, about: Metadata) => void = () => {}): Descriptions {
  const known = new Map<string, Metadata>()
  let refused = 0
  return {
    set(name, { type, help: wholeHelp, unit: wholeUnit }) {
      const before = known.get(name)
      if (name.length > longest.name || (before === undefined && known.size >= mostDescribed)) {
        refused++
        return
      }
      const [help, unit] = [wholeHelp.slice(0, longest.help), wholeUnit.slice(0, longest.unit)]
      if (before?.type === type && before.help === help && before.unit === unit) return
      known.set(name, { type, help, unit })
      onNew(name, { type, help, unit })
    },
    known,
    refused: () => refused,
  }
}
