/** Log lines out of Loki's streams, newest first. */

export interface LogLine {
  /** Milliseconds since the epoch. */
  time: number
  text: string
  level: Level
  fields: Readonly<Record<string, string>>
}

type Level = 'critical' | 'error' | 'warning' | 'info' | 'debug' | 'trace' | 'unknown'

export interface Stream {
  stream: Readonly<Record<string, string>>
  values: readonly (readonly [nanos: string, line: string, extra?: Extra])[]
}

interface Extra {
  structuredMetadata?: Readonly<Record<string, string>>
  parsed?: Readonly<Record<string, string>>
}

export function linesOf(streams: readonly Stream[]): LogLine[] {
  return streams
    .flatMap(({ stream, values }) =>
      values.map(([nanos, text, extra]) => {
        const fields = { ...stream, ...extra?.structuredMetadata, ...extra?.parsed }
        return { nanos: BigInt(nanos), text, fields }
      }),
    )
    .toSorted((a, b) => (a.nanos < b.nanos ? 1 : a.nanos > b.nanos ? -1 : 0))
    .map(({ nanos, text, fields }) => ({
      time: Number(nanos / 1_000_000n),
      text,
      fields,
      level: levelOf(fields.detected_level ?? fields.level ?? fields.severity_text ?? ''),
    }))
}

function levelOf(word: string): Level {
  const found: readonly (readonly [RegExp, Level])[] = [
    [/^(fatal|critical|crit|emerg|alert)/i, 'critical'],
    [/^err/i, 'error'],
    [/^warn/i, 'warning'],
    [/^(info|notice)/i, 'info'],
    [/^debug/i, 'debug'],
    [/^trace/i, 'trace'],
  ]
  return found.find(([pattern]) => pattern.test(word))?.[1] ?? 'unknown'
}
