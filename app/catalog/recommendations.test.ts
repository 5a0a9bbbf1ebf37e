import { expect, test } from 'vitest'
import { generateProducts } from './product-generator.ts'
import { createRecommender } from './recommendations.ts'
import { wordLists } from './word-lists.ts'

test('each product has a number for every word of it, and shares the number with others who have the word', () => {
  const { ids, ends, words, wordCount } = wordLists([
    { id: 3, words: 'Warm wool socks, warm' },
    { id: 5, words: 'of an' },
    { id: 8, words: 'Cotton socks' },
  ])
  expect([...ids]).toEqual([3, 5, 8])
  expect([...ends]).toEqual([3, 3, 5])
  expect([...words]).toEqual([0, 1, 2, 3, 2])
  expect(wordCount).toBe(4)
})

test('recommends what has most words in common, among all products', async () => {
  const products = generateProducts().map(({ id, name, category, description }) => ({
    id,
    words: `${name} ${category} ${description}`,
  }))
  const recommend = createRecommender(wordLists(products))
  const setOf = (text: string) => new Set(text.toLowerCase().match(/[a-z]{3,}/g))
  const sets = new Map(products.map(({ id, words }) => [id, setOf(words)]))
  for (const product of [1, 77, 4242]) {
    const own = sets.get(product)!
    const expected = products
      .filter(({ id }) => id !== product)
      .map(({ id }) => {
        const others = [...sets.get(id)!]
        const common = others.filter(word => own.has(word)).length
        return { id, score: common / (own.size + others.length - common) }
      })
      .toSorted((a, b) => b.score - a.score || a.id - b.id)
      .slice(0, 5)
    expect(await recommend(product)).toEqual(expected)
  }
  expect(await recommend(999_999)).toEqual([])
})
