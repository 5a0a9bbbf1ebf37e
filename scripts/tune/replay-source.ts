/** The samples that a replay reads: from a server, or from a dump. */
import { existsSync } from 'node:fs'
import { systemReason, UserError, wrongUse } from '../../contract/user-error.ts'
import { loadDataFile } from '../../engines/promql/files/data-file.ts'
import { MetricsError } from '../../engines/promql/text/openmetrics.ts'
import type { Needs } from '../../tuning/replay/needs.ts'
import { checkServer, fetchPieces } from '../../tuning/replay/prometheus.ts'
import { momentOf } from '../../tuning/replay/replay.ts'
import { newSeriesCollector, seriesOf } from '../../tuning/replay/series.ts'
import type { InputSeries } from '../../tuning/simulate/column-store.ts'
import { address, time } from '../options.ts'

interface Source {
  prometheus?: string | undefined
  dump?: string | undefined
  cache: string
  /** Of one answer of the server. */
  timeout: string
}

/** What is missing is told, whichever of them it is missing from. */
export async function seriesFor(
  source: Source,
  { selectors }: Needs,
  { from, to }: { from: number; to: number },
  progress: (text: string) => void,
): Promise<InputSeries[]> {
  const { prometheus, dump } = source
  if ((prometheus === undefined) === (dump === undefined))
    throw wrongUse({ action: 'replay', expected: 'either --prometheus or --dump' })
  const found = new Map<string, number>()
  const series =
    dump === undefined
      ? await fetched({ ...source, from: from * 1000, to: to * 1000 }, selectors, found, progress)
      : dumped(dump, selectors, found)
  for (const selector of selectors)
    if (!found.get(selector)) console.error(`Nothing was found for ${selector}: what reads it sees nothing`)
  if (series.length > 0) return series
  throw new UserError({
    action: `replay what ${prometheus ?? dump} has from ${momentOf(from)} to ${momentOf(to)}`,
    expected: `samples of ${selectors.join(', ')}`,
    got: 'none',
  })
}

async function fetched(
  { prometheus, cache, timeout, from, to }: Source & { from: number; to: number },
  selectors: readonly string[],
  found: Map<string, number>,
  progress: (text: string) => void,
): Promise<InputSeries[]> {
  const source = {
    url: address('prometheus', prometheus!),
    cache,
    patience: time('timeout', timeout),
    from,
    to,
  }
  await checkServer(source)
  const collector = newSeriesCollector()
  const pieces = fetchPieces(source, selectors, (done, all) =>
    progress(`${done} of ${all} pieces of history`),
  )
  for await (const { selector, piece } of pieces) {
    collector.add(piece)
    found.set(selector, (found.get(selector) ?? 0) + piece.length)
  }
  return collector.series()
}

function dumped(file: string, selectors: readonly string[], found: Map<string, number>): InputSeries[] {
  if (!existsSync(file))
    throw wrongUse({ action: `read ${file}`, expected: 'a dump of samples', got: 'no such file or folder' })
  try {
    const { store } = loadDataFile(file, { nanIsStale: true })
    for (const selector of selectors) found.set(selector, seriesOf(store, [selector]).length)
    return seriesOf(store, selectors)
  } catch (error) {
    if (error instanceof MetricsError) throw new UserError(error.message)
    const { code } = error as NodeJS.ErrnoException
    throw typeof code === 'string'
      ? wrongUse({ action: `read ${file}`, expected: 'a dump of samples', got: systemReason(error) })
      : error
  }
}
