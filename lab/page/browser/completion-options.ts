/** What may be chosen at a place of a query: words of the language, and names that the lab has. */
import type { Place, Source } from '../model/completion.ts'
import { getJson } from './api.ts'

export interface Option {
  text: string
  /** What it is, such as `metric`. */
  about: string
  /** What is written instead of the text; the cursor comes to its end. */
  inserted?: string
  /** The next choice is offered at once. */
  goesOn?: boolean
}

export async function optionsAt(source: Source, { wants }: Place): Promise<Option[]> {
  switch (wants.kind) {
    case 'expression':
      return [...(source === 'prometheus' ? await metrics() : []), ...functionsOf(await wordsOf(source))]
    case 'duration':
      return named(['$__rate_interval', '1m', '5m', '15m', '1h'], 'duration')
    case 'stage':
      return source === 'tempo'
        ? functionsOf(await wordsOf('tempo'))
        : [...named(stages, 'stage'), ...(await fields(wants.selector))]
    case 'name': {
      const names = await namesOf(source, wants.selector)
      if (!wants.isCompared) return names
      return names.map(option => ({
        ...option,
        inserted: `${option.text}${source === 'tempo' ? ' = ' : '="'}`,
        goesOn: true,
      }))
    }
    case 'value':
      return (await valuesOf(source, wants.name, wants.selector)).map(({ text, isWord }) => ({
        text,
        about: wants.name,
        inserted: isWord ? text : wants.isQuoted ? `${escaped(text)}"` : `"${escaped(text)}"`,
      }))
  }
}

const named = (texts: readonly string[], about: string): Option[] => texts.map(text => ({ text, about }))
const functionsOf = (names: readonly string[]): Option[] =>
  names.map(text => ({ text, about: 'function', inserted: `${text}(`, goesOn: true }))
const escaped = (text: string) => JSON.stringify(text).slice(1, -1)

const stages = [
  ...['json', 'logfmt', 'pattern', 'regexp', 'unpack', 'line_format', 'label_format'],
  ...['unwrap', 'drop', 'keep', 'decolorize'],
]

/** From the tables of the parsers themselves; loaded with the language that is chosen. */
async function wordsOf(source: Source): Promise<string[]> {
  if (source === 'prometheus') {
    const [{ functions }, { aggregations }] = await Promise.all([
      import('../../../engines/promql/engine/functions/table.ts'),
      import('../../../engines/promql/language/ast.ts'),
    ])
    return [...Object.keys(aggregations), ...functions.keys()].toSorted()
  }
  if (source === 'loki') {
    const { rangeFunctions, vectorFunctions } = await import('../../../engines/logql/language/functions.ts')
    return [...rangeFunctions.keys(), ...vectorFunctions.keys()].toSorted()
  }
  const { aggregates, metricsFunctions } = await import('../../../engines/traceql/language/words.ts')
  return [...new Set([...metricsFunctions, ...aggregates, 'select', 'by', 'coalesce', 'topk', 'bottomk'])]
}

const keptMs = 10_000
const kept = new Map<string, { at: number; answer: Promise<unknown> }>()

/** The same is asked at every key. */
function ask<T>(path: string, parameters: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
  const key = JSON.stringify([path, parameters])
  const known = kept.get(key)
  if (known !== undefined && Date.now() - known.at < keptMs) return known.answer as Promise<T>
  const answer = getJson<T>(path, parameters)
  kept.set(key, { at: Date.now(), answer })
  answer.catch(() => kept.delete(key))
  return answer
}

type Listed = { data?: string[] | null }

const ofHour = () => ({ start: `${Math.floor(Date.now() / 60_000) * 60 - 3600}` })

async function metrics(): Promise<Option[]> {
  const [{ data }, about] = await Promise.all([
    ask<Listed>('/api/v1/label/__name__/values'),
    ask<{ data: Record<string, { type: string }[]> }>('/api/v1/metadata'),
  ])
  return (data ?? []).map(text => ({ text, about: about.data[text]?.[0]?.type ?? 'metric' }))
}

const matched = (selector: string) => (selector === '' ? {} : { 'match[]': selector })

async function namesOf(source: Source, selector: string): Promise<Option[]> {
  if (source === 'prometheus') {
    const { data } = await ask<Listed>('/api/v1/labels', matched(selector))
    return named(
      (data ?? []).filter(name => name !== '__name__'),
      'label',
    )
  }
  if (source === 'loki')
    return named((await ask<Listed>('/loki/api/v1/labels', ofHour())).data ?? [], 'label')
  const { scopes } = await ask<{ scopes: { name: string; tags: string[] }[] }>(
    '/api/v2/search/tags',
    ofHour(),
  )
  return scopes.flatMap(({ name, tags }) =>
    named(name === 'intrinsic' ? tags : tags.map(tag => `${name}.${tag}`), name),
  )
}

async function fields(selector: string): Promise<Option[]> {
  if (selector === '') return []
  const { fields } = await ask<{ fields: { label: string }[] | null }>('/loki/api/v1/detected_fields', {
    query: selector,
    ...ofHour(),
  })
  return named(
    (fields ?? []).map(({ label }) => label),
    'field',
  )
}

/** Words of the language, such as the `error` of a status, are written without quotes. */
async function valuesOf(
  source: Source,
  name: string,
  selector: string,
): Promise<{ text: string; isWord?: boolean }[]> {
  const of = encodeURIComponent(name)
  if (source === 'tempo') {
    const { tagValues } = await ask<{ tagValues: { type: string; value: string }[] }>(
      `/api/v2/search/tag/${of}/values`,
      ofHour(),
    )
    return tagValues.map(({ type, value }) => ({ text: value, isWord: type !== 'string' }))
  }
  const { data } =
    source === 'prometheus'
      ? await ask<Listed>(`/api/v1/label/${of}/values`, matched(selector))
      : await ask<Listed>(`/loki/api/v1/label/${of}/values`, {
          ...(selector !== '' && { query: selector }),
          ...ofHour(),
        })
  return (data ?? []).map(text => ({ text }))
}
