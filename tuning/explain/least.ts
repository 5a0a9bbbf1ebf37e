/** The least number that will do, to about one part in a hundred; undefined when not even `most` will do. */
export function leastThat(
  least: number,
  most: number,
  works: (value: number) => boolean,
): number | undefined {
  if (!works(most)) return undefined
  let [low, high] = [least, most]
  while (high / low > 1.01) {
    const middle = Math.sqrt(low * high)
    if (works(middle)) high = middle
    else low = middle
  }
  return high
}
