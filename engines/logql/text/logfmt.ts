/** Reads `level=info msg="hello there"` pair by pair. */

interface LogfmtReader {
  start(line: string): void
  isDone(): boolean
  /** False where no pair could be read; the reader is then behind the mistake. */
  next(): boolean
  key: string
  value: string
  /** The last mistake of the line, with its place in bytes. */
  problem: string | undefined
}

const equals = 61
const quote = 34
const backslash = 92

export function logfmtReader(): LogfmtReader {
  let line = ''
  let at = 0

  const wrong = (message: string) => {
    const place = new TextEncoder().encode(line.slice(0, at)).length + 1
    reader.problem = `logfmt syntax error at pos ${place} : ${message}`
  }
  const skipValue = () => {
    while (at < line.length && line.charCodeAt(at) > 32) at++
    return false
  }
  /** The key ends here; one with what is no character in it is none. */
  const endKey = (start: number): boolean => {
    reader.key = line.slice(start, at)
    if (!reader.key.includes('\ufffd')) return true
    wrong('invalid key')
    return false
  }

  function next(): boolean {
    reader.key = ''
    reader.value = ''
    while (at < line.length && line.charCodeAt(at) <= 32) at++
    if (at >= line.length) return false
    const start = at
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at)
      if (code === equals) {
        if (at === start) {
          wrong("unexpected '='")
          return skipValue()
        }
        if (!endKey(start)) return skipValue()
        at++
        return readValue()
      }
      if (code === quote) {
        wrong(`unexpected '"'`)
        return skipValue()
      }
      if (code <= 32) break
    }
    return endKey(start)
  }

  function readValue(): boolean {
    if (at >= line.length || line.charCodeAt(at) <= 32) return true
    if (line.charCodeAt(at) === quote) return readQuoted()
    const start = at
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at)
      if (code <= 32) break
      if (code !== equals && code !== quote) continue
      wrong(`unexpected '${line[at]}'`)
      return skipValue()
    }
    reader.value = line.slice(start, at)
    return true
  }

  function readQuoted(): boolean {
    const start = ++at
    let hasEscapes = false
    for (; at < line.length; at++) {
      const code = line.charCodeAt(at)
      if (code === backslash) {
        hasEscapes = true
        at++
      } else if (code === quote) {
        const inside = line.slice(start, at++)
        const value = hasEscapes ? undoEscapes(inside) : inside
        if (value !== undefined) {
          reader.value = value
          return true
        }
        wrong('invalid quoted value')
        return false
      }
    }
    at = line.length
    wrong('unterminated quoted value')
    return false
  }

  const reader: LogfmtReader = {
    key: '',
    value: '',
    problem: undefined,
    start(text) {
      line = text
      at = 0
      reader.problem = undefined
    },
    isDone: () => at >= line.length,
    next,
  }
  return reader
}

const escapes: { [letter: string]: string | undefined } = {
  '"': '"',
  "'": "'",
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

function undoEscapes(text: string): string | undefined {
  let out = ''
  for (let at = 0; at < text.length; at++) {
    if (text[at] !== '\\') {
      out += text[at]
      continue
    }
    const letter = text[++at] ?? ''
    const simple = escapes[letter]
    if (simple !== undefined) {
      out += simple
      continue
    }
    const unit = letter === 'u' ? hex(text, at + 1) : undefined
    if (unit === undefined) return undefined
    at += 4
    if (unit < 0xd800 || unit > 0xdfff) {
      out += String.fromCharCode(unit)
      continue
    }
    const low = unit < 0xdc00 && text.startsWith('\\u', at + 1) ? hex(text, at + 3) : undefined
    if (low !== undefined && low >= 0xdc00 && low <= 0xdfff) {
      out += String.fromCharCode(unit, low)
      at += 6
    } else out += '\ufffd'
  }
  return out
}

function hex(text: string, at: number): number | undefined {
  const digits = text.slice(at, at + 4)
  return /^[0-9a-fA-F]{4}$/.test(digits) ? Number.parseInt(digits, 16) : undefined
}
