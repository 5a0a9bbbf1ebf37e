/** Counters and histograms of one name, written as OpenMetrics. */

export interface Family {
  /** To a counter's value, or to a histogram as one observation. */
  add(labels: readonly (readonly [string, string])[], value: number, exemplar?: Record<string, string>): void
  text(): string
  series(): number
}

interface Member {
  /** `service="shop",span_name="GET /"` */
  labels: string
  sum: number
  count: number
  /** Observations per bucket, each counted once; the last one is beyond all bounds. */
  buckets: number[]
  /** Of each bucket the last one, as text that follows its sample; told once. */
  exemplars: (string | undefined)[]
}

/** A histogram where there are buckets, else a counter. */
export function createFamily(name: string, help: string, most: number, buckets?: readonly number[]): Family {
  const members = new Map<string, Member>()
  const kind = buckets === undefined ? 'counter' : 'histogram'

  function memberOf(pairs: readonly (readonly [string, string])[]): Member | undefined {
    const labels = pairs
      .filter(([, value]) => value !== '')
      .map(([label, value]) => `${label}="${escaped(value)}"`)
      .join(',')
    const known = members.get(labels)
    if (known !== undefined || members.size >= most) return known
    const empty = Array.from({ length: (buckets?.length ?? 0) + 1 }, () => 0)
    const member = { labels, sum: 0, count: 0, buckets: empty, exemplars: [] }
    members.set(labels, member)
    return member
  }

  function counterText({ labels, sum }: Member): string {
    return `${name}_total{${labels}} ${sum}\n`
  }

  function histogramText(member: Member): string {
    const { labels, sum, count, exemplars } = member
    const comma = labels === '' ? '' : ','
    let text = ''
    let below = 0
    for (const [index, inside] of member.buckets.entries()) {
      below += inside
      const bound = buckets![index]
      text += `${name}_bucket{${labels}${comma}le="${bound ?? '+Inf'}"} ${below}${exemplars[index] ?? ''}\n`
    }
    member.exemplars = []
    return `${text}${name}_sum{${labels}} ${sum}\n${name}_count{${labels}} ${count}\n`
  }

  return {
    add(pairs, value, exemplar) {
      const member = memberOf(pairs)
      if (member === undefined) return
      member.sum += value
      member.count++
      if (buckets === undefined) return
      const found = buckets.findIndex(bound => value <= bound)
      const index = found < 0 ? buckets.length : found
      member.buckets[index]!++
      if (exemplar !== undefined) member.exemplars[index] = exemplarText(exemplar, value)
    },
    text() {
      const head = `# TYPE ${name} ${kind}\n# HELP ${name} ${help}\n`
      const each = buckets === undefined ? counterText : histogramText
      return members.size === 0 ? '' : head + [...members.values()].map(each).join('')
    },
    series: () => members.size * (buckets === undefined ? 1 : buckets.length + 3),
  }
}

function exemplarText(labels: Record<string, string>, value: number): string {
  const pairs = Object.entries(labels).map(([name, text]) => `${name}="${escaped(text)}"`)
  return ` # {${pairs.join(',')}} ${value} ${Date.now() / 1000}`
}

function escaped(text: string): string {
  return text.replace(/[\\"\n]/g, character => (character === '\n' ? '\\n' : `\\${character}`))
}
