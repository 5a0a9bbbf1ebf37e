/** Cuts a template of Go into its texts and actions, and the actions into tokens. */

export type Piece = { text: string } | { tokens: Token[]; source: string }

export interface Token {
  kind: 'space' | 'field' | 'variable' | 'word' | 'number' | 'character' | 'string' | 'mark'
  text: string
}

/** Texts and actions by turns, with what `{{-` and `-}}` trim taken off. */
export function pieces(text: string): Piece[] {
  const found: Piece[] = []
  let at = 0
  let trimsLeft = false
  while (at < text.length) {
    const open = text.indexOf('{{', at)
    let plain = text.slice(at, open === -1 ? text.length : open)
    if (trimsLeft) plain = plain.replace(/^[ \t\r\n]+/, '')
    if (open === -1) {
      found.push({ text: plain })
      break
    }
    const trims = /^-[ \t\r\n]/.test(text.slice(open + 2, open + 4))
    found.push({ text: trims ? plain.replace(/[ \t\r\n]+$/, '') : plain })
    const start = open + 2 + (trims ? 2 : 0)
    const comment = /^\/\*[\s\S]*?\*\//.exec(text.slice(start))
    const end = comment === null ? endOfAction(text, start) : start + comment[0].length
    const close = /^(?:[ \t\r\n]-)?\}\}/.exec(text.slice(end))
    if (close === null)
      throw new Error(comment === null ? 'expected a closing "}}"' : 'expected "}}" right after a comment')
    if (comment === null)
      found.push({ tokens: tokensOf(text.slice(start, end)), source: text.slice(start, end).trim() })
    trimsLeft = close[0].length > 2
    at = end + close[0].length
  }
  return found
}

/** Quotes may hold braces. */
function endOfAction(text: string, start: number): number {
  const inside = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|'(?:[^'\\\n]|\\.)*'|[ \t\r\n]-\}\}|\}\}|[\s\S]/y
  inside.lastIndex = start
  for (let match = inside.exec(text); match !== null; match = inside.exec(text))
    if (match[0].endsWith('}}') && !/^["'`]/.test(match[0])) return match.index
  throw new Error('expected a closing "}}", got the end of the template')
}

const tokenForms: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /[ \t\r\n]+/y],
  ['field', /\.[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['variable', /\$[\p{L}\p{Nd}_]*/uy],
  ['number', /[-+]?(?:0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)/y],
  ['word', /[\p{L}_][\p{L}\p{Nd}_]*/uy],
  ['string', /"(?:[^"\\\n]|\\.)*"|`[^`]*`/y],
  ['character', /'(?:[^'\\\n]|\\.)+'/y],
  ['mark', /:=|[=|(),.]/y],
]

function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  for (let at = 0; at < source.length; ) {
    const token = tokenAt(source, at)
    if (token === undefined) throw new Error(`unexpected ${JSON.stringify(source[at])} in {{${source}}}`)
    tokens.push(token)
    at += token.text.length
  }
  const trimmed = tokens.slice(tokens[0]?.kind === 'space' ? 1 : 0)
  return trimmed.at(-1)?.kind === 'space' ? trimmed.slice(0, -1) : trimmed
}

function tokenAt(source: string, at: number): Token | undefined {
  for (const [kind, form] of tokenForms) {
    form.lastIndex = at
    const text = form.exec(source)?.[0]
    if (text !== undefined) return { kind, text }
  }
  return undefined
}
