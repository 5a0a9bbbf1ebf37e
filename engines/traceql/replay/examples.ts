/** Lists of queries by what Tempo has to say about them. */

import { parse } from '../language/parse.ts'
import { Refusal } from '../language/refusal.ts'
import { validate } from '../language/validate.ts'

export const queryClasses = {
  valid: 'valid',
  parse_fails: 'parse',
  validate_fails: 'invalid',
  unsupported: 'unsupported',
} as const

export type QueryClass = keyof typeof queryClasses

export function runExamples(
  lists: { [name in QueryClass]?: string[] },
  print: (line: string) => void,
): { passed: number; failed: number } {
  let [passed, failed] = [0, 0]
  for (const [name, expected] of Object.entries(queryClasses))
    for (const query of lists[name as QueryClass] ?? []) {
      const { kind: got, message } = classOf(query)
      if (got === expected) passed++
      else {
        failed++
        print(`${query}\n  expected ${expected}, got ${got}${message === '' ? '' : `: ${message}`}`)
      }
    }
  return { passed, failed }
}

function classOf(query: string): { kind: 'valid' | Refusal['kind']; message: string } {
  try {
    validate(query, parse(query))
    return { kind: 'valid', message: '' }
  } catch (error) {
    if (error instanceof Refusal) return { kind: error.kind, message: error.message }
    throw error
  }
}
