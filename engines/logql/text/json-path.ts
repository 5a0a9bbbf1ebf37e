/** Where in an object a value is: `request.headers[0]["user-agent"]`. */

/** Keys, and indexes as `[0]`. */
export function parsePath(expression: string): string[] {
  const path: string[] = []
  const part =
    /[ \t\n]*(?:(\.?)[ \t\n]*([A-Za-z_][A-Za-z0-9_]*)|\[[ \t\n]*(?:(\d+)|"([^"\]]*)"?)[ \t\n]*\])[ \t\n]*/y
  for (let at = 0; at < expression.length; at = part.lastIndex) {
    part.lastIndex = at
    const found = part.exec(expression)
    const [, dot, field, index, key] = found ?? []
    const isJoined = field === undefined || (dot === '.') === path.length > 0
    if (found === null || !isJoined)
      throw new Error(
        `cannot parse expression [${expression}]: expected keys and indexes such as a.b[0]["c"], got "${expression.slice(at)}"`,
      )
    path.push(field ?? key ?? `[${Number(index)}]`)
  }
  if (path.length > 0) return path
  throw new Error(`cannot parse expression [${expression}]: expected keys and indexes such as a.b[0]["c"]`)
}
