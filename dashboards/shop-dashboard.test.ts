import { expect, test } from 'vitest'
import { createStore, instantQuery, readMetrics } from '../engines/promql/index.ts'
import { catalogue } from './catalogue.ts'
import { interpolate } from './kit/live/interpolate.ts'
import { render } from './kit/render.ts'
import { dashboard } from './shop-dashboard.ts'

test('starts are marked although a restart leaves two descriptions of one process', () => {
  const now = 1_800_000_000
  const store = createStore({ retention: 3_600_000 })
  const lines = [
    `process_start_time_seconds{job="shop",instance="a"} ${now - 60} ${now}`,
    `target_info{job="shop",instance="a",service_version="1.0.0"} 1 ${now - 90}`,
    `target_info{job="shop",instance="a",service_version="1.1.0"} 1 ${now}`,
    `target_info{job="collector",instance="b",id="1"} 1 ${now - 90}`,
    `target_info{job="collector",instance="b",id="2"} 1 ${now}`,
  ]
  readMetrics(store, `${lines.join('\n')}\n# EOF\n`)
  const [rendered] = render(
    [dashboard({ file: 'mine.ts', uid: 'mine', title: 'Mine', description: 'Mine', rows: [] })],
    catalogue,
  )
  const starts = rendered!.annotations.list.find(({ name }) => name === 'Starts')!.expr!
  const range = { from: now - 900, to: now, step: 15, scrapeInterval: 5 }
  const answer = instantQuery(store, interpolate(starts, rendered!, range), now * 1000)
  expect(answer).toMatchObject({ type: 'vector', samples: [{ value: (now - 60) * 1000 }] })
})
