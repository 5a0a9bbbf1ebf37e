/** Grafana's transformations, as far as the generated dashboards use them; others are refused by name. */
import type { Transformation } from './dashboard.ts'
import { type Field, type Frame, rowCount, titleOf, type Value } from './frames.ts'

export function transformed(frames: readonly Frame[], steps: readonly Transformation[] = []): Frame[] {
  return steps
    .filter(({ disabled }) => disabled !== true)
    .reduce<Frame[]>(
      (before, { id, options = {} }) => {
        const apply = known[id]
        if (apply === undefined)
          throw new Error(
            `Cannot apply the transformation "${id}": expected one of ${Object.keys(known).join(', ')}`,
          )
        return apply(before, options)
      },
      [...frames],
    )
}

type Apply = (frames: Frame[], options: Record<string, unknown>) => Frame[]

const known: Readonly<Record<string, Apply>> = {
  filterFieldsByName: (frames, { include, exclude }) => {
    const kept = namesOf(include)
    const dropped = namesOf(exclude)
    return frames
      .map(frame => ({
        ...frame,
        fields: frame.fields.filter(
          field => (kept === undefined || kept(titleOf(field))) && dropped?.(titleOf(field)) !== true,
        ),
      }))
      .filter(({ fields }) => fields.length > 0)
  },
  organize: (frames, { excludeByName, indexByName, renameByName }) => {
    const excluded = (excludeByName ?? {}) as Record<string, boolean>
    const order = (indexByName ?? {}) as Record<string, number>
    const names = (renameByName ?? {}) as Record<string, string>
    return frames.map(frame => ({
      ...frame,
      fields: frame.fields
        .filter(field => excluded[titleOf(field)] !== true)
        .toSorted((a, b) => (order[titleOf(a)] ?? Infinity) - (order[titleOf(b)] ?? Infinity) || 0)
        .map(field => ({ ...field, displayName: names[titleOf(field)] || titleOf(field) })),
    }))
  },
  merge: frames => (frames.length < 2 ? frames : [merged(frames)]),
}

function namesOf(options: unknown): ((name: string) => boolean) | undefined {
  const { names, pattern } = (options ?? {}) as { names?: string[]; pattern?: string }
  if (names === undefined && pattern === undefined) return undefined
  const expression = pattern === undefined ? undefined : new RegExp(pattern.replace(/^\/|\/$/g, ''))
  return name => names?.includes(name) === true || expression?.test(name) === true
}

/** One table of all frames: rows that agree in every text column they share become one row. */
function merged(frames: readonly Frame[]): Frame {
  const columns = new Map<string, Field>()
  for (const frame of frames)
    for (const field of frame.fields)
      if (!columns.has(titleOf(field))) columns.set(titleOf(field), { ...field, values: [] })
  const keys = [...columns].filter(([, field]) => field.type !== 'number').map(([name]) => name)
  const rows = new Map<string, Map<string, Value>>()
  for (const frame of frames)
    for (let at = 0; at < rowCount(frame); at++) {
      const row = new Map(frame.fields.map(field => [titleOf(field), field.values[at] ?? null]))
      const key = JSON.stringify(keys.map(name => row.get(name) ?? null))
      rows.set(key, new Map([...(rows.get(key) ?? []), ...row]))
    }
  for (const [name, field] of columns) field.values = [...rows.values()].map(row => row.get(name) ?? null)
  return { refId: frames[0]!.refId, fields: [...columns.values()] }
}
