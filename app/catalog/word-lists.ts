/** The words of each product as numbers, in memory that all threads share: as text, each thread would hold its own copy. */

export interface WordLists {
  ids: Uint32Array
  /** Where the words of each product end in `words`; they begin where those of the one before end. */
  ends: Uint32Array
  words: Uint32Array
  /** Each word is a number below this. */
  wordCount: number
}

export function wordLists(products: Iterable<{ id: number; words: string }>): WordLists {
  const numbers = new Map<string, number>()
  const [ids, ends, words]: [number[], number[], number[]] = [[], [], []]
  for (const { id, words: text } of products) {
    const found = new Set(text.toLowerCase().match(/[a-z]{3,}/g))
    for (const word of found) {
      if (!numbers.has(word)) numbers.set(word, numbers.size)
      words.push(numbers.get(word)!)
    }
    ids.push(id)
    ends.push(words.length)
  }
  return { ids: shared(ids), ends: shared(ends), words: shared(words), wordCount: numbers.size }
}

function shared(numbers: readonly number[]): Uint32Array {
  const array = new Uint32Array(new SharedArrayBuffer(numbers.length * Uint32Array.BYTES_PER_ELEMENT))
  array.set(numbers)
  return array
}
