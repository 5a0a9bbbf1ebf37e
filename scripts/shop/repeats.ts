/** Folds lines that repeat: the first is printed at once, how many followed is said every ten seconds. */

const everyMs = 10_000
/** Kinds of lines that are told apart; what comes beyond is counted together. */
const mostKinds = 200

interface Folding {
  line: (text: string) => void
  /** Says what is still to be said, and ends. */
  end: () => void
}

export function foldRepeats(print: (text: string) => void): Folding {
  const kinds = new Map<string, { last: string; more: number }>()

  function tell(): void {
    for (const [kind, { last, more }] of kinds) {
      if (more === 0) kinds.delete(kind)
      else {
        print(more === 1 ? last : `${last} (and ${(more - 1).toLocaleString('en')} more like it)`)
        kinds.set(kind, { last, more: 0 })
      }
    }
  }

  const timer = setInterval(tell, everyMs)
  timer.unref()
  return {
    line(text) {
      const kind = kinds.size < mostKinds || kinds.has(kindOf(text)) ? kindOf(text) : 'others'
      const known = kinds.get(kind)
      if (known === undefined) print(text)
      kinds.set(kind, { last: text, more: known === undefined ? 0 : known.more + 1 })
    },
    end() {
      clearInterval(timer)
      tell()
    },
  }
}

/** Lines are alike when only their numbers and ids differ. */
function kindOf(text: string): string {
  return text.replaceAll(/\b[0-9a-f]{8}[0-9a-f-]*\b|\d+(\.\d+)?/gi, '#')
}
