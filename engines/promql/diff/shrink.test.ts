import { expect, test } from 'vitest'
import { labelsOf } from '../../labels.ts'
import { newRandom } from '../../random.ts'
import { differenceBetween } from './compare.ts'
import { movedData, printData, randomData } from './data.ts'
import { filled, ourAnswer } from './diff.ts'
import { randomQuery, randomWhen } from './query.ts'
import { type Case, moved, shrink } from './shrink.ts'

const day = 86_400_000

test('a case moved by a day and back gives the same answer, and moved data print as before', () => {
  const random = newRandom(1)
  const data = randomData(random)
  for (let count = 0; count < 100; count++) {
    const found: Case = { query: randomQuery(random), when: randomWhen(random, data), data }
    const there = moved(found, day)
    expect(there.when.start).toBe(found.when.start + day)
    const back = moved(there, -day)
    expect(back.when).toEqual(found.when)
    expect(ourAnswer(filled(back.data), back.query, back.when, 3)).toEqual(
      ourAnswer(filled(data), found.query, found.when, 3),
    )
  }
  expect(printData(movedData(data, day))).toBe(printData(data))
})

test('a case moved by a day gives the same answer, unless its query reads the clock', () => {
  const random = newRandom(2)
  const data = randomData(random)
  let count = 0
  while (count < 60) {
    const found: Case = { query: randomQuery(random), when: randomWhen(random, data), data }
    if (/time|day|hour|minute|month|year|predict_linear|:|start|end/.test(found.query)) continue
    count++
    const there = moved(found, day)
    const answer = ourAnswer(filled(there.data), there.query, there.when, 3)
    const expected = ourAnswer(filled(data), found.query, found.when, 3)
    expect(differenceBetween(answer, movedAnswer(expected, day)), found.query).toBeUndefined()
  }
})

test('a difference that is also there with times near 0 is shown with those', async () => {
  const series = [
    {
      labels: labelsOf([['__name__', 'x']]),
      samples: [
        { time: day, value: 1 },
        { time: day + 1000, value: 2 },
      ],
    },
  ]
  const late: Case = {
    query: '(x @ 86400) + 1',
    when: { kind: 'instant', start: day + 1000, end: day + 1000, step: 0 },
    data: { series, tick: 1000, end: day + 1000, start: day },
  }
  const always = await shrink(late, async ({ query }) => query.includes('x'))
  expect([always.data.start, always.when.start, always.query]).toEqual([0, 1000, 'x'])
  const onlyLate = await shrink(late, async ({ query, data }) => query.includes('x') && data.start > 0)
  expect([onlyLate.data.start, onlyLate.when.start]).toEqual([day, day + 1000])
})

function movedAnswer(answer: ReturnType<typeof ourAnswer>, by: number): typeof answer {
  if (answer.type === 'vector')
    return { ...answer, samples: answer.samples.map(sample => ({ ...sample, time: sample.time + by })) }
  if (answer.type !== 'matrix') return answer
  return {
    ...answer,
    series: answer.series.map(one => ({ ...one, times: one.times.map(time => time + by) })),
  }
}
