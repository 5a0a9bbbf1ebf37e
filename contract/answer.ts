/** Reads the body of an answer, and stops at a limit: a wrong address may lead to a server that sends without end. */
import { UserError } from './user-error.ts'

const mostBytes = 32 * 1024 * 1024

export async function textOf(response: Response, limit = mostBytes): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let bytes = 0
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength
    if (bytes > limit)
      throw new UserError(`Cannot read ${response.url}: expected at most ${limit} bytes, got more`)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}
