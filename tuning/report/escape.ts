/** Text as HTML and SVG take it, in an element or in an attribute between double quotes. */
export function escaped(text: string): string {
  return text.replace(/[&<>"']/g, character => `&#${character.charCodeAt(0)};`)
}

/** Of a long name, such as a path, what tells it from others. */
export function ending(name: string): string {
  return name.length > 20 ? `…${name.slice(-19)}` : name
}
