/** Text of others for a terminal, which must not obey what they have written into it. */

/**
 * Escape sequences and other control characters as text, also those that turn the direction of writing, with which a
 * line can be made to read as another; lines and tabs stay.
 */
export function visible(text: string): string {
  return text.replaceAll(/[^\P{Cc}\n\t]|[\u2028-\u202e\u2066-\u2069]/gu, escaped)
}

/** The same on one line. */
export function onOneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu, escaped)
}

function escaped(character: string): string {
  return character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
