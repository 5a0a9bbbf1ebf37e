/** Times in Go's layouts, which are written as the moment Mon Jan 2 15:04:05 MST 2006. UTC, unless a text says otherwise. */

const layoutParts =
  /January|Jan|Monday|Mon|MST|2006|-07:00:00|-070000|-07:00|-0700|-07|Z07:00:00|Z070000|Z07:00|Z0700|Z07|002|01|02|03|04|05|06|15|PM|pm|[.,]0+(?!\d)|[.,]9+(?!\d)|_2|[1-5]/g
const months = 'January February March April May June July August September October November December'.split(
  ' ',
)
const days = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ')

const two = (value: number) => String(value).padStart(2, '0')

/** Time.Format. */
export function formatTime(nanoseconds: bigint, layout: string): string {
  const seconds = floorDivide(nanoseconds, 1_000_000_000n)
  const nanos = String(nanoseconds - seconds * 1_000_000_000n).padStart(9, '0')
  const date = new Date(Number(seconds) * 1000)
  const hour = date.getUTCHours()
  const startOfYear = Date.UTC(date.getUTCFullYear(), 0, 1)
  const values: { [part: string]: () => string } = {
    January: () => months[date.getUTCMonth()]!,
    Jan: () => months[date.getUTCMonth()]!.slice(0, 3),
    Monday: () => days[date.getUTCDay()]!,
    Mon: () => days[date.getUTCDay()]!.slice(0, 3),
    MST: () => 'UTC',
    2006: () => String(date.getUTCFullYear()).padStart(4, '0'),
    '06': () => two(date.getUTCFullYear() % 100),
    '01': () => two(date.getUTCMonth() + 1),
    1: () => String(date.getUTCMonth() + 1),
    '02': () => two(date.getUTCDate()),
    _2: () => String(date.getUTCDate()).padStart(2),
    2: () => String(date.getUTCDate()),
    '002': () => String(Math.floor((date.getTime() - startOfYear) / 86_400_000) + 1).padStart(3, '0'),
    15: () => two(hour),
    '03': () => two(hour % 12 || 12),
    3: () => String(hour % 12 || 12),
    '04': () => two(date.getUTCMinutes()),
    4: () => String(date.getUTCMinutes()),
    '05': () => two(date.getUTCSeconds()),
    5: () => String(date.getUTCSeconds()),
    PM: () => (hour < 12 ? 'AM' : 'PM'),
    pm: () => (hour < 12 ? 'am' : 'pm'),
  }
  return layout.replace(layoutParts, part => {
    const known = values[part]
    if (known !== undefined) return known()
    if (part.startsWith('Z')) return 'Z'
    if (part.startsWith('-')) return part.replace('07', '00').replace('-', '+')
    const digits = nanos.slice(0, part.length - 1)
    if (part[1] === '0') return part[0] + digits
    const kept = digits.replace(/0+$/, '')
    return kept === '' ? '' : part[0] + kept
  })
}

/** time.ParseInLocation, with the zone's name as in `Europe/Berlin`; undefined where Go reports an error. */
export function parseTime(layout: string, text: string, zone: string): bigint | undefined {
  const fields: { [field: string]: number } = {
    year: 0,
    month: 1,
    day: 1,
    hour: 0,
    minute: 0,
    second: 0,
    nanos: 0,
  }
  let isAfternoon: boolean | undefined
  let offset: number | undefined
  let at = 0
  let layoutAt = 0
  const take = (form: RegExp): string | undefined => {
    form.lastIndex = at
    const found = form.exec(text)?.[0]
    if (found !== undefined) at += found.length
    return found
  }
  const takeNumber = (field: string, form: RegExp, meaning = (digits: number) => digits): boolean => {
    const found = take(form)
    if (found !== undefined) fields[field] = meaning(Number(found))
    return found !== undefined
  }
  const takeName = (names: readonly string[], width: number): number => {
    const index = names.findIndex(name =>
      text.slice(at).toLowerCase().startsWith(name.slice(0, width).toLowerCase()),
    )
    if (index >= 0) at += Math.min(width, names[index]!.length)
    return index
  }
  const takeMonth = (width: number): boolean => {
    fields.month = takeName(months, width) + 1
    return fields.month > 0
  }
  const readers: { [part: string]: () => boolean } = {
    2006: () => takeNumber('year', /\d{4}/y),
    '06': () => takeNumber('year', /\d{2}/y, year => year + (year >= 69 ? 1900 : 2000)),
    January: () => takeMonth(20),
    Jan: () => takeMonth(3),
    Monday: () => takeName(days, 20) >= 0,
    Mon: () => takeName(days, 3) >= 0,
    '01': () => takeNumber('month', /\d{2}/y),
    1: () => takeNumber('month', /\d{1,2}/y),
    '02': () => takeNumber('day', /\d{2}/y),
    _2: () => takeNumber('day', / ?\d{1,2}/y),
    2: () => takeNumber('day', /\d{1,2}/y),
    15: () => takeNumber('hour', /\d{2}/y),
    '03': () => takeNumber('hour', /\d{2}/y),
    3: () => takeNumber('hour', /\d{1,2}/y),
    '04': () => takeNumber('minute', /\d{2}/y),
    4: () => takeNumber('minute', /\d{1,2}/y),
    '05': () => takeNumber('second', /\d{2}/y) && takeFraction(),
    5: () => takeNumber('second', /\d{1,2}/y) && takeFraction(),
    MST: () => take(/[A-Z]{3,5}|[+-]\d{2}/y) !== undefined,
  }
  const takeFraction = () => {
    const next = layout.slice(layoutAt)
    if (/^[.,][09]+/.test(next)) return true
    const found = take(/[.,]\d{1,9}/y)
    if (found !== undefined) fields.nanos = Number(found.slice(1).padEnd(9, '0'))
    return true
  }
  for (const part of layout.matchAll(layoutParts)) {
    const between = layout.slice(layoutAt, part.index)
    if (!text.startsWith(between, at)) return undefined
    at += between.length
    layoutAt = part.index + part[0].length
    const name = part[0]
    if (name === 'PM' || name === 'pm') {
      const found = take(/[AP]M/iy)
      if (found === undefined) return undefined
      isAfternoon = found.toUpperCase() === 'PM'
    } else if (/^[-Z]0/.test(name)) {
      const found = name.startsWith('Z') && text[at] === 'Z' ? take(/Z/y) : take(/[+-]\d{2}(?::?\d{2}){0,2}/y)
      if (found === undefined) return undefined
      const digits = found.replace(/[^\d]/g, '')
      const seconds = Number(digits.slice(0, 2)) * 3600 + Number(digits.slice(2, 4)) * 60
      offset = found.startsWith('-') ? -seconds : seconds
    } else if (/^[.,]/.test(name)) {
      const found = take(
        name[1] === '0' ? new RegExp(`[.,]\\d{${name.length - 1}}`, 'y') : /(?:[.,]\d{1,9})?/y,
      )
      if (found === undefined) return undefined
      fields.nanos = Number(found.slice(1).padEnd(9, '0'))
    } else if (readers[name]?.() !== true) return undefined
  }
  if (text.slice(at) !== layout.slice(layoutAt)) return undefined
  const { year, month, day, minute, second, nanos } = fields as { [field: string]: number } & { year: number }
  let hour = fields.hour!
  if (isAfternoon !== undefined) hour = (hour % 12) + (isAfternoon ? 12 : 0)
  const date = new Date(0)
  date.setUTCFullYear(year, month! - 1, day!)
  if (date.getUTCMonth() !== month! - 1 || hour > 23 || minute! > 59 || second! > 59) return undefined
  const local = date.getTime() + ((hour * 60 + minute!) * 60 + second!) * 1000
  const shift = offset === undefined ? zoneOffset(zone, local) : offset * 1000
  return BigInt(local - shift) * 1_000_000n + BigInt(nanos!)
}

/** How far a zone is ahead of UTC, in milliseconds, at a moment given in its own time. */
function zoneOffset(zone: string, local: number): number {
  if (zone === '' || zone === 'UTC' || zone === 'Local') return 0
  try {
    const format = new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
    const offsetAt = (time: number) => {
      const parts = Object.fromEntries(
        format.formatToParts(time).map(({ type, value }) => [type, Number(value)]),
      )
      const { year, month, day, hour, minute, second } = parts as { [part: string]: number }
      return Date.UTC(year!, month! - 1, day, hour, minute, second) - Math.floor(time / 1000) * 1000
    }
    return offsetAt(local - offsetAt(local))
  } catch {
    return 0
  }
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b < 0n ? quotient - 1n : quotient
}
