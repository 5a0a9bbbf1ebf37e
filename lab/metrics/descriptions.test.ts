import { expect, test } from 'vitest'
import { createDescriptions, mostDescribed } from './descriptions.ts'

const about = { type: 'counter', help: 'Orders', unit: '' } as const

test('names beyond the bound are counted and not kept; those that are known may change', () => {
  const told: string[] = []
  const descriptions = createDescriptions(name => told.push(name))
  for (let i = 0; i < mostDescribed + 7; i++) descriptions.set(`metric_${i}`, about)
  descriptions.set('metric_0', about)
  expect(descriptions.known.size).toBe(mostDescribed)
  expect(descriptions.refused()).toBe(7)
  expect(told).toHaveLength(mostDescribed)
  descriptions.set('metric_0', { ...about, help: 'All orders' })
  expect(descriptions.known.get('metric_0')?.help).toBe('All orders')
  expect(told.at(-1)).toBe('metric_0')
})

test('long names are refused, long texts are cut', () => {
  const descriptions = createDescriptions()
  descriptions.set('x'.repeat(501), about)
  descriptions.set('orders', { ...about, help: 'h'.repeat(10_000), unit: 'u'.repeat(10_000) })
  expect(descriptions.refused()).toBe(1)
  expect(descriptions.known.get('orders')).toEqual({
    type: 'counter',
    help: 'h'.repeat(500),
    unit: 'u'.repeat(100),
  })
})
