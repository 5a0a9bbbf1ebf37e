/** What a test hands to `npm run figures` beside its outcome: rows of a table in the documents. */
import 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    figures?: (string | number)[][]
  }
}
