/** What bounds the memory of a process of the shop: on a machine of its own, and in a container by its memory. */

/** Far more than a role needs, and little enough for a leak to come near it within minutes. */
const usualMb = 512

/**
 * A request leaves a few hundred kilobytes behind, so new objects need little room to be collected often enough; V8's own
 * choice lets them take 48 MB.
 */
const newObjects = '--max-semi-space-size=4'

export function heapLimits(oldSpaceMb = usualMb): string[] {
  return [`--max-old-space-size=${oldSpaceMb}`, newObjects]
}

/**
 * Most of a database is outside of the heap, and as large as its tables. Its code is compiled for speed where it has run
 * for about a second: V8's own choice compiles while the roles start, at their cost.
 */
export const databaseFlags = [newObjects, '--wasm-tiering-budget=500000000']

/** glibc gives each thread that compiles or collects a heap of its own, and returns none of what it has freed there. */
export const oneArena = { MALLOC_ARENA_MAX: '1' }
