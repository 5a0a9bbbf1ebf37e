/** Checks who imports whom: the rooms are a flow, and an arrow against it or a circle is a design mistake. */
import { fileURLToPath } from 'node:url'
import { command } from './command.ts'
import { type Circle, circlesOf } from './layers/circles.ts'
import { readSources, type SourceFile } from './layers/read.ts'
import { roomOf, rooms, violationsOf } from './layers/rules.ts'
import { unusedExports } from './layers/unused.ts'

const usage = `Usage: npm run layers [-- --json]

Checks every import, of types too: each room imports only from rooms before it, nothing imports in a circle, and every
export is imported somewhere. Prints the rooms, the arrows between them and the number of circles.

  ${Object.keys(rooms).join(', ')}

  --json   rooms, arrows, circles and problems as JSON

Exit code 1 when a rule is broken; the rules stand in scripts/layers/rules.ts.`

const main = command({
  name: 'layers',
  usage,
  options: { json: { type: 'boolean' } },
  run: ({ json }) => {
    const report = checkLayers(readSources(fileURLToPath(new URL('..', import.meta.url)).replace(/\/$/, '')))
    if (json) console.log(JSON.stringify(report, undefined, 2))
    else {
      for (const problem of report.problems) console.error(problem)
      console.log(summary(report))
    }
    return report.problems.length > 0 ? 1 : 0
  },
})

interface Report {
  files: number
  rooms: { room: string; files: number }[]
  arrows: { from: string; to: string; imports: number }[]
  circles: number
  unused: number
  /** One line each, beginning with `file:line`. */
  problems: string[]
}

export function checkLayers(files: readonly SourceFile[]): Report {
  const circles = circlesOf(files)
  const unused = unusedExports(files)
  const problems = [
    ...violationsOf(files).map(
      ({ file, line, imported, reason }) => `${file}:${line}: imports ${imported}: ${reason}`,
    ),
    ...circles.map(describe),
    ...unused.map(({ file, line, name }) => `${file}:${line}: exports ${name}, which no other file imports`),
  ]
  return {
    files: files.length,
    rooms: Object.keys(rooms).map(room => ({
      room,
      files: files.filter(({ path }) => roomOf(path) === room).length,
    })),
    arrows: arrowsBetweenRooms(files),
    circles: circles.length,
    unused: unused.length,
    problems,
  }
}

function arrowsBetweenRooms(files: readonly SourceFile[]): Report['arrows'] {
  const counts = new Map<string, number>()
  for (const { path, imports } of files)
    for (const { imported } of imports) {
      const [from, to] = [roomOf(path), roomOf(imported)]
      if (from === undefined || to === undefined || from === to) continue
      counts.set(`${from} ${to}`, (counts.get(`${from} ${to}`) ?? 0) + 1)
    }
  const order = (room: string) => rooms[room] ?? Object.keys(rooms).length
  return [...counts]
    .map(([pair, imports]) => ({ from: pair.split(' ')[0]!, to: pair.split(' ')[1]!, imports }))
    .toSorted((a, b) => order(a.from) - order(b.from) || order(a.to) - order(b.to))
}

function describe(circle: Circle): string {
  const [first] = circle
  const way = [...circle.map(({ from }) => from), first!.from].join(' → ')
  const because = circle.map(({ because: { file, line } }) => `${file}:${line}`).join(', ')
  return `${first!.because.file}:${first!.because.line}: imports in a circle: ${way} (${because})`
}

function summary({ files, rooms, arrows, circles, unused, problems }: Report): string {
  const from = Map.groupBy(arrows, arrow => arrow.from)
  return [
    `rooms   ${rooms.map(({ room, files }) => `${room} ${files}`).join(', ')}`,
    ...[...from].map(
      ([room, to]) => `${room.padEnd(11)} → ${to.map(each => `${each.to} ${each.imports}`).join(', ')}`,
    ),
    `${files} files, ${arrows.length} arrows between rooms, ${circles} circles, ${unused} unused exports`,
    `${problems.length} problems`,
  ].join('\n')
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
