/** Runs in a thread of the pool: the products that share most words with a given one. */
import { workerData } from 'node:worker_threads'

export interface ThreadData {
  products: { id: number; words: string }[]
}

export interface Similar {
  id: number
  score: number
}

const wanted = 5

// Piscina hands its own data first and ours second.
const { products } = (Array.isArray(workerData) ? workerData[1] : workerData) as ThreadData
const wordsOf = new Map(
  products.map(({ id, words }) => [id, new Set(words.toLowerCase().match(/[a-z]{3,}/g))]),
)

export default function similarTo({ product }: { product: number }): Similar[] {
  const own = wordsOf.get(product)
  if (own === undefined) return []
  const scores: Similar[] = []
  for (const [id, words] of wordsOf) {
    if (id === product) continue
    let common = 0
    for (const word of own) if (words.has(word)) common++
    scores.push({ id, score: common / (own.size + words.size - common) })
  }
  return scores.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, wanted)
}
