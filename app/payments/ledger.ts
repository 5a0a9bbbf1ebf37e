/**
 * What payments has decided, by key. Each decision is in a file before it is answered, so that a process that is
 * killed knows after its restart what it has charged, and charges nobody twice.
 */
import { closeSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'
import { LRUCache } from 'lru-cache'

/** `voided` means that nothing is or will be charged under this key: what was approved has been paid back. */
export type Decision = 'approved' | 'declined' | 'voided'

export interface Ledger {
  find: (key: string) => Decision | undefined
  /** The decision that stands: the first one of its key. */
  record: (key: string, decision: Decision) => Decision
  /** Takes back what was approved, and bars a key that is not decided yet; a refusal stays one. */
  undo: (key: string) => Decision
}

const remembered = 50_000

export function openLedger(file: string): Ledger {
  const decisions = new LRUCache<string, Decision>({ max: remembered })
  for (const { key, decision } of readEntries(file)) decisions.set(key, decision)
  let lines = 0
  let descriptor = rewrite()

  /** Only what is remembered is kept, so the file stays as bounded as the memory. */
  function rewrite(): number {
    const kept = [...decisions.entries()].toReversed()
    const next = `${file}.next`
    writeFileSync(next, kept.map(([key, decision]) => line(key, decision)).join(''), { mode: 0o600 })
    renameSync(next, file)
    lines = kept.length
    return openSync(file, 'a')
  }

  function write(key: string, decision: Decision): Decision {
    writeSync(descriptor, line(key, decision))
    decisions.set(key, decision)
    if (++lines >= 2 * remembered) {
      closeSync(descriptor)
      descriptor = rewrite()
    }
    return decision
  }

  return {
    find: key => decisions.get(key),
    record: (key, decision) => decisions.get(key) ?? write(key, decision),
    undo: key => {
      const known = decisions.get(key)
      return known === 'declined' || known === 'voided' ? known : write(key, 'voided')
    },
  }
}

function line(key: string, decision: Decision): string {
  return `${JSON.stringify({ key, decision })}\n`
}

/** The last line may have been cut off by the end of its writer, who then has not answered it either. */
function readEntries(file: string): { key: string; decision: Decision }[] {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw new Error(
      `Cannot read the ledger ${file}: expected a file of this user, got ${(error as NodeJS.ErrnoException).code} (PAYMENTS_LEDGER names another)`,
    )
  }
  return text.split('\n').flatMap(each => {
    try {
      return [JSON.parse(each) as { key: string; decision: Decision }]
    } catch {
      return []
    }
  })
}
