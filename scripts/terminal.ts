/** Text of others for a terminal, which must not obey what they have written into it. */

/** Escape sequences and other control characters as text; lines and tabs stay. */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u2028\u2029]/gu, escaped)
}

/** The same on one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, escaped)
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
