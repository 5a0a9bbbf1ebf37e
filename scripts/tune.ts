/** Scores alerting policies over labelled incidents, and says why one did or did not page. */
import { explain } from './tune/explain.ts'
import { playground } from './tune/playground.ts'
import { replay } from './tune/replay.ts'
import { score } from './tune/score.ts'
import { suggest } from './tune/suggest.ts'

const verbs = { explain, suggest, replay, playground }

/** Without a verb it scores, so that `npm run tune -- --rules FILE` is all there is to type. */
export const main = (args: readonly string[]) => {
  const [first] = args
  return first !== undefined && first in verbs
    ? verbs[first as keyof typeof verbs](args.slice(1))
    : score(args)
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2))
