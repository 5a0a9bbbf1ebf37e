/** Searches the tiers that suit an objective at its traffic. */
import { objectives } from '../../alerts/objectives.ts'
import { roundedDuration } from '../../contract/durations.ts'
import { UserError } from '../../contract/user-error.ts'
import type { Estimate } from '../../tuning/score/score.ts'
import { type Judged, type Suggestion, suggest as searchFor } from '../../tuning/suggest/suggest.ts'
import { command } from '../command.ts'
import { writeFiles } from '../files.ts'
import { chosen, oneOf, required } from '../options.ts'
import { settingOf, wholeNumber } from './options.ts'
import { type Format, fileNames, formats, writtenAs } from './suggestion-formats.ts'

const usage = `Usage: npm run tune -- suggest --slo NAME --traffic N [options]

Searches windows, factors, for, keep_firing_for and the least number of errors for an objective at its traffic. It learns
from months drawn by chance, and judges what it finds by the scenarios of \`npm run tune -- --list\`, which it has not
seen. Prints the choices of which none pages sooner with no more false pages, and says of one of them why each number is
what it is.

  --slo NAME        objective: ${objectives.map(({ name }) => name).join(', ')}
  --traffic N       events per second on average; the quietest time is taken to have a tenth of it
  --choice N        explain and write this one, counted from 1 (default: the soonest that wakes people in vain no more
                    often than the tiers that ship)
  --as F,…          print it as ${formats.join(', ')} (default definition)
  --out DIR         write it to a folder, in every format that can express it
  --days N          length of a month (default 30)
  --instances N     instances of the service (default 2)
  --resolution R    1m (default) or 15s
  --months N        months to learn from (default 40)
  --seeds N         times each scenario is played to judge (default 3); from 2 on, figures show ± of 95 %
  --json            print choices, reasons and definitions`

export const suggest = command({
  name: 'tune -- suggest',
  usage,
  options: {
    slo: { type: 'string' },
    traffic: { type: 'string' },
    choice: { type: 'string' },
    as: { type: 'string' },
    out: { type: 'string' },
    days: { type: 'string', default: '30' },
    instances: { type: 'string', default: '2' },
    resolution: { type: 'string', default: '1m' },
    months: { type: 'string', default: '40' },
    seeds: { type: 'string', default: '3' },
    json: { type: 'boolean', default: false },
  },
  run: async values => {
    const { slo, traffic } = required('suggest', values, ['slo', 'traffic'])
    const name = oneOf(
      'read --slo',
      slo,
      objectives.map(objective => objective.name),
    )
    const setting = settingOf({ ...values, traffic }, objectives.find(objective => objective.name === name)!)
    const asked = chosen('as', values.as ?? 'definition', formats) as Format[]
    const isQuiet = values.json || !process.stderr.isTTY
    const suggestion = await searchFor(
      {
        ...setting,
        months: wholeNumber('months', values.months, 1000),
        seeds: wholeNumber('seeds', values.seeds, 1000),
        choice: values.choice === undefined ? undefined : wholeNumber('choice', values.choice, 100) - 1,
      },
      text => {
        if (!isQuiet) process.stderr.write(`\r\x1b[K${text}`)
      },
    )
    if (!isQuiet) process.stderr.write('\r\x1b[K')
    const { choices, objective, chosen: place } = suggestion
    const choice = choices[place]
    if (choice === undefined)
      throw new UserError({
        action: `show choice ${place + 1}`,
        expected: `one of the ${choices.length} that were found`,
      })
    const written = formats.map(format => ({ format, ...writtenAs(format, objective, choice.definition) }))
    if (values.json) console.log(JSON.stringify({ ...suggestion, objective: objective.name }, undefined, 2))
    else {
      console.log(frontTable(suggestion))
      console.log(reasonLines(suggestion))
      for (const { format, ...one } of written) {
        if ('why' in one) console.log(`Not as ${format}: ${one.why}`)
        else if (asked.includes(format)) console.log(`\n${one.text}`)
      }
    }
    if (values.out !== undefined) {
      const files = written.flatMap(one => ('text' in one ? [[fileNames[one.format], one.text]] : []))
      for (const file of writeFiles(values.out, Object.fromEntries(files))) console.error(file)
    }
    return 0
  },
})

function frontTable({ choices, shipped, chosen, objective }: Suggestion): string {
  const rows = [
    [
      '',
      'told after',
      'false pages/w',
      'recall',
      'pages/w',
      'ticket after',
      'false tickets/w',
      'tiers that page',
    ],
    ...choices.map((choice, index) => [
      `${index === chosen ? '→' : ' '} ${index + 1}`,
      ...cells(choice),
      `${choice.definition.tiers
        .filter(({ severity }) => severity === 'page')
        .map(({ long, short, factor }) => `${roundedDuration(long)}/${roundedDuration(short)} × ${factor}`)
        .join(', ')} from ${choice.definition.minimumErrors} errors`,
    ]),
    ['  shipped', ...cells(shipped), `from ${objective.traffic.minimumErrors} errors`],
  ]
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map(row => row[column]!.length)))
  const lines = rows.map(row =>
    row
      .map((cell, column) =>
        column === 0 || column === 7 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
      )
      .join('  ')
      .trimEnd(),
  )
  return `${objective.name} at ${Number((objective.traffic.minimum * 10).toPrecision(6))} events/s, judged by scenarios the search has not seen:\n\n${lines.join('\n')}`
}

function cells({ wait, falsePages, recall, pages, ticketWait, falseTickets }: Judged): string[] {
  const count = (value: number) => value.toFixed(2)
  const percent = (value: number) => `${(value * 100).toFixed(1)}%`
  return [
    shown(wait, roundedDuration),
    shown(falsePages, count),
    shown(recall, percent),
    shown(pages, count),
    shown(ticketWait, roundedDuration),
    shown(falseTickets, count),
  ]
}

function shown(estimate: Estimate | undefined, print: (value: number) => string): string {
  if (estimate === undefined || Number.isNaN(estimate.mean)) return '-'
  const { mean, within } = estimate
  return within === undefined || within === 0 ? print(mean) : `${print(mean)} ±${print(within)}`
}

function reasonLines({ reasons, chosen }: Suggestion): string {
  const width = Math.max(...reasons.map(({ choice, value }) => choice.length + value.length + 1))
  return [
    `\nTold after is the geometric mean over incidents; one that nobody was told of counts with a day after its end.\n\nWhy choice ${chosen + 1} is what it is, by the months it was learnt from:`,
    ...reasons.map(({ choice, value, why }) => `  ${`${choice} ${value}`.padEnd(width)}  ${why}`),
    '',
  ].join('\n')
}
