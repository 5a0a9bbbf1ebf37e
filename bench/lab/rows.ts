/** What was measured, as rows that say the same of both sides. */
import type { Measured } from './measure.ts'

export interface Row {
  what: string
  unit: string
  lab: number | undefined
  native: number | undefined
}

export function rowsOf(lab: Measured | undefined, native: Measured | undefined): Row[] {
  const row = (what: string, unit: string, of: (measured: Measured) => number | undefined): Row => ({
    ...{ what, unit },
    lab: lab && of(lab),
    native: native && of(native),
  })
  const megabytes = (bytes: number) => bytes / 1e6
  const percent = (share: number) => share * 100
  const { small, large } = (lab ?? native)!
  const [few, many] = [small, large].map(({ items }) => items.toLocaleString('en'))
  return [
    row('first start: command → page', 's', ({ first }) => first.page),
    row('first start: → shop up', 's', ({ first }) => first.shop),
    row('first start: → every panel with data of this run', 's', ({ first }) => first.panels),
    row('second start: command → page', 's', ({ second }) => second.page),
    row('second start: → shop up', 's', ({ second }) => second.shop),
    row('second start: → every panel with data of this run', 's', ({ second }) => second.panels),
    row('CPU of the servers, visitors at the default rate', '% of a core', ({ idle }) =>
      percent(idle.servers),
    ),
    row('CPU of shop, database and visitors', '% of a core', ({ idle }) => percent(idle.shop)),
    row('CPU for 10,000 spans', 's', ({ large }) => large.spans?.cpu),
    row('CPU for 10,000 lines', 's', ({ large }) => large.lines?.cpu),
    row(`memory of the servers, ${few} spans and lines`, 'MB', ({ small }) =>
      megabytes(small.memory.servers),
    ),
    row(`memory of the servers, ${many} spans and lines`, 'MB', ({ large }) =>
      megabytes(large.memory.servers),
    ),
    row('memory of shop, database and visitors', 'MB', ({ large }) => megabytes(large.memory.shop)),
    row(`all queries of all dashboards, ${few} spans and lines`, 's', ({ small }) => small.asked.seconds),
    row(`all queries of all dashboards, ${many} spans and lines`, 's', ({ large }) => large.asked.seconds),
  ]
}

/** What is not there is said, never left as an empty cell. */
export function cellsOf({ what, unit, lab, native }: Row): string[] {
  const shown = (value: number | undefined) =>
    value === undefined
      ? 'not reached, or not there'
      : `${value >= 100 ? value.toFixed(0) : Number(value.toPrecision(2))} ${unit}`
  const ratio = lab === undefined || !native ? '' : (lab / native).toFixed(2)
  return [what, shown(lab), shown(native), ratio]
}

export const columns = ['what', 'lab', 'native stack', 'lab / native'] as const
