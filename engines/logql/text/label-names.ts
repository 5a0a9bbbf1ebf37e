/** Keys of a line as names of labels: `user.id` is `user_id`, `9x` is `_9x`. */

import { remembered } from '../../remembered.ts'

const clean = /^[A-Za-z_][A-Za-z0-9_]*$/

/** '' where the key is blank. */
export function sanitize(key: string): string {
  if (clean.test(key)) return key
  const trimmed = key.trim()
  if (trimmed === '') return ''
  return underscored(/^[0-9]/.test(trimmed) ? `_${trimmed}` : trimmed)
}

/** A nested key behind its parents' keys; a blank one adds nothing. */
export function join(prefix: string, key: string): string {
  const trimmed = key.trim()
  if (trimmed === '') return prefix
  if (prefix === '') return sanitize(key)
  return `${prefix}_${clean.test(trimmed) ? trimmed : underscored(trimmed)}`
}

const underscored = (text: string) => text.replace(/[^A-Za-z0-9_]/gu, '_')

/** The longest map of keys to names that is kept. */
const mostKept = 1024

/** `sanitize`, remembered: the keys of a stream's lines are few. */
export const sanitizer = () => remembered(mostKept, sanitize)
