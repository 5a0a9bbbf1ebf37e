/** Finds what belongs to a sequence of keys, key by key, instead of by one text made of them all. */
interface Place<Key, Found> {
  readonly below: Map<Key, Place<Key, Found>>
  found: Found | undefined
}

/** Keeps so many places at most; beyond, all are forgotten and found anew. */
export function newPlaces<Key, Found>(most: number) {
  const root: Place<Key, Found> = { below: new Map(), found: undefined }
  let count = 0
  return {
    root,
    below(place: Place<Key, Found>, key: Key): Place<Key, Found> {
      const known = place.below.get(key)
      if (known !== undefined) return known
      if (count++ === most) {
        root.below.clear()
        count = 0
      }
      const next: Place<Key, Found> = { below: new Map(), found: undefined }
      place.below.set(key, next)
      return next
    },
  }
}
