/**
 * What whoever runs a command can put right: a wrong option, a missing file, a server that does not answer. It is told
 * in words and never with a stack. Every other error is a bug of ours and shows where it happened.
 */

interface Problem {
  /** What could not be done, as it follows "Cannot": `read --rate`. */
  action: string
  expected?: string
  got?: string
  /** What to do about it, as a sentence: "`npm run shop` starts it". */
  hint?: string | undefined
}

export class UserError extends Error {
  readonly exitCode: 1 | 2

  /** A text is a whole message, such as a list of problems. */
  constructor(problem: Problem | string, exitCode: 1 | 2 = 1) {
    super(typeof problem === 'string' ? problem : describe(problem))
    this.name = 'UserError'
    this.exitCode = exitCode
  }
}

/** The command was called wrongly, which ends it with 2. */
export function wrongUse(problem: Problem | string): UserError {
  return new UserError(problem, 2)
}

/** What came, in the words of an error: `"5x"`, or `nothing`. */
export function got(text: string | undefined): string {
  return text === undefined || text === '' ? 'nothing' : `"${text}"`
}

/** Why the system refused a file, a folder or a connection. */
export function systemReason(error: unknown): string {
  const { code, cause, message } = error as Error & { code?: unknown; cause?: { code?: string } }
  // The code of a DOMException, as of a time that ran out, is a number that says nothing.
  const name = typeof code === 'string' ? code : cause?.code
  return (name === undefined ? undefined : reasons[name]) ?? name ?? message
}

const reasons: { readonly [code: string]: string } = {
  ENOENT: 'no such file or folder',
  EISDIR: 'a folder',
  EACCES: 'no permission',
  EPERM: 'no permission',
  EROFS: 'a file system that is read-only',
}

function describe({ action, expected, got, hint }: Problem): string {
  const parts = [
    expected === undefined ? [] : [`expected ${expected}`],
    got === undefined ? [] : [`got ${got}`],
  ]
  const reason = parts.flat().join(', ')
  return `Cannot ${action}${reason === '' ? '' : `: ${reason}`}${hint === undefined ? '' : `\n${hint}`}`
}
