/** What the kit says has become of its spans and log lines, read from the metrics of a running service. */

import { parseExposition } from '../exposition.ts'

export interface Books {
  sent: number
  failed: number
  dropped: number
  queued: number
}

export async function readBooks(
  adminUrl: string,
): Promise<{ traces: Books; logs: Books; residentMemory: number }> {
  const families = parseExposition(await (await fetch(`${adminUrl}/metrics`)).text())
  const value = (name: string, labels: Record<string, string> = {}) =>
    families
      .get(name)!
      .samples.find(sample =>
        Object.entries(labels).every(([label, wanted]) => sample.labels[label] === wanted),
      )!.value
  const books = (signal: string): Books => ({
    sent: value('telemetry_items_total', { signal, outcome: 'sent' }),
    failed: value('telemetry_items_total', { signal, outcome: 'failed' }),
    dropped: value('telemetry_items_total', { signal, outcome: 'dropped' }),
    queued: value('telemetry_queue_items', { signal }),
  })
  return {
    traces: books('traces'),
    logs: books('logs'),
    residentMemory: value('process_resident_memory_bytes'),
  }
}

export function sumOf({ sent, failed, dropped, queued }: Books): number {
  return sent + failed + dropped + queued
}
