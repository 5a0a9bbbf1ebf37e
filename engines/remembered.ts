/** A pure function of a text that keeps its results; it forgets them all once they are `most`. */
export function remembered<Result extends string | boolean>(
  most: number,
  of: (text: string) => Result,
): (text: string) => Result {
  const known = new Map<string, Result>()
  return text => {
    let result = known.get(text)
    if (result === undefined) {
      result = of(text)
      if (known.size === most) known.clear()
      known.set(text, result)
    }
    return result
  }
}
