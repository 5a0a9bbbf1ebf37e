/** Mistakes of whoever types a command, as Node's own parser of arguments marks its errors: verbs end on them with 2. */

export function wrongUse(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_VALUE' })
}

/** What came, in the words of an error. */
export function got(text: string | undefined): string {
  return text === undefined || text === '' ? 'nothing' : `"${text}"`
}
