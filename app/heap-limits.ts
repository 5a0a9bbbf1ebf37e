/** The flags that bound a role's heap: on a machine of its own, and in a container by its memory. */

/** Far more than a role needs, and little enough for a leak to come near it within minutes. */
const usualMb = 512

export function heapLimits(oldSpaceMb = usualMb): string[] {
  return [`--max-old-space-size=${oldSpaceMb}`, '--max-semi-space-size=16']
}
