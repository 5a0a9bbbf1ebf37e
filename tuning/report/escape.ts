/** Text as HTML and SVG take it, in an element or in an attribute between double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}
