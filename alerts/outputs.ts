/** Everything this folder writes to generated/: path below it, and content. */
export function outputs(): Record<string, string> {
  return {}
}
