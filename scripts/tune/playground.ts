/** Writes the playground as one HTML file, or says what it shows at an address. */
import { wrongUse } from '../../contract/user-error.ts'
import { clocks, type Resolution } from '../../tuning/clock.ts'
import { playgroundHtml } from '../../tuning/playground/bundle.ts'
import { newPlayer } from '../../tuning/playground/play.ts'
import { readState } from '../../tuning/playground/state.ts'
import { command } from '../command.ts'
import { writeText } from '../files.ts'
import { oneOf } from '../options.ts'

const usage = `Usage: npm run tune -- playground --out FILE
       npm run tune -- playground --state ADDRESS

Writes a page in which windows, factors, for, keep_firing_for and the least number of errors are dragged while 30 days are
simulated again: one HTML file that opens without a server or network. The lab has the same page at /tuning.

  --out FILE       where to write it, - is stdout
  --state ADDRESS  print as JSON what the page shows at this address, or at what stands behind its #
  --resolution R   15s (default), which is what the page ends at, or 1m, which it shows while something is dragged`

export const playground = command({
  name: 'tune -- playground',
  usage,
  options: {
    out: { type: 'string' },
    state: { type: 'string' },
    resolution: { type: 'string', default: '15s' },
  },
  run: async ({ out, state: address, resolution }) => {
    if ((out === undefined) === (address === undefined))
      throw wrongUse({
        action: 'use the playground',
        expected: 'either --out FILE or --state ADDRESS',
        got: out === undefined ? 'neither' : 'both',
      })
    if (out !== undefined) {
      writeText(out, await playgroundHtml())
      return 0
    }
    const clock = oneOf<Resolution>('read --resolution', resolution, Object.keys(clocks) as Resolution[])
    const { state, problems } = readState(address!)
    if (problems.length > 0) throw wrongUse(problems.join('\n'))
    const { chart: _, ...played } = newPlayer()(state, clock)
    console.log(JSON.stringify({ state, ...played }, undefined, 2))
    return 0
  },
})
