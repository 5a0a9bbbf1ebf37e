import type { Expr } from '../language/ast.ts'
import type { Feature } from '../language/features.ts'
import { parseWith } from '../language/parse.ts'
import { functions, refusedFunctions } from './functions/table.ts'

/** The checked tree of a query; throws QueryError('parse') that shows the place. */
export function parse(query: string, features: readonly Feature[] = []): Expr {
  return parseWith(query, functions, refusedFunctions, new Set(features))
}
