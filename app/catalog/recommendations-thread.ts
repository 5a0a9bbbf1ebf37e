/** Runs in a thread of the pool: the products that share most words with a given one. */
import { workerData } from 'node:worker_threads'
import type { WordLists } from './word-lists.ts'

export interface Similar {
  id: number
  score: number
}

const wanted = 5

// Piscina hands its own data first and ours second.
const { ids, ends, words, wordCount } = (Array.isArray(workerData) ? workerData[1] : workerData) as WordLists
const positions = new Map(Array.from(ids, (id, position) => [id, position]))

export default function similarTo({ product }: { product: number }): Similar[] {
  const own = positions.get(product)
  if (own === undefined) return []
  const ownWords = wordsOf(own)
  const isOwn = new Uint8Array(wordCount)
  for (const word of ownWords) isOwn[word] = 1
  const scores: Similar[] = []
  for (const [id, position] of positions) {
    if (id === product) continue
    const others = wordsOf(position)
    let common = 0
    for (const word of others) common += isOwn[word]!
    scores.push({ id, score: common / (ownWords.length + others.length - common) })
  }
  return scores.sort((a, b) => b.score - a.score || a.id - b.id).slice(0, wanted)
}

function wordsOf(position: number): Uint32Array {
  return words.subarray(ends[position - 1] ?? 0, ends[position])
}
