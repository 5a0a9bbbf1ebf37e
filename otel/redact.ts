/**
 * Keeps secrets out of log lines and spans, whatever the depth they sit at. What has no suspicious name or value, that
 * is nearly all, costs one scan; only the rest is taken apart.
 */

export const censor = '[redacted]'

/** Compared without case, `-` and `_`, so `Set-Cookie`, `set_cookie` and `setCookie` are one. */
const secretNames = [
  'authorization',
  'proxyauthorization',
  'cookie',
  'setcookie',
  'password',
  'passwd',
  'passphrase',
  'secret',
  'clientsecret',
  'token',
  'accesstoken',
  'refreshtoken',
  'idtoken',
  'csrftoken',
  'apikey',
  'xapikey',
  'privatekey',
  'card',
  'cardnumber',
  'creditcard',
  'pan',
  'cvv',
  'cvc',
  'iban',
  'ssn',
]

const isSecretName = new Set(secretNames)
const suspiciousName = new RegExp(`"(?:${secretNames.map(spelling).join('|')})\\\\?":`, 'i')

/** What a secret looks like in any text; the parts in front of it are kept, so that a reader sees what it was. */
const credentials = new RegExp(
  [
    // `Bearer abc…` and `basic abc…`, as people and programs write them, also in a path.
    '\\b(?<scheme>bearer|basic)(?: |%20)+[\\w.~+/-]{8,}=*',
    // `postgres://shop:secret@db`, and a path such as `//shop:secret@db`
    '(?<address>//[^\\s:/@"]*):[^\\s/@"]+@',
    // `token=abc`, as in a query or a path
    `\\b(?<name>${secretNames.map(spelling).join('|')})(?:=|%3d)[^\\s&;,/"'\\\\]+`,
    // a JSON web token
    '\\beyJ[\\w-]{8,}\\.[\\w-]+(?:\\.[\\w-]*)?',
  ].join('|'),
  'gi',
)
const suspiciousValue = new RegExp(credentials.source, 'i')
/** Each of them contains one of these, and most short texts, such as a path, none. */
const credentialMark = /[ =%@]|eyj/i

/** Allowed in JSON, but terminals obey the first and some readers break a line at the others. */
const unsafe = /[\u007f-\u009f\u2028\u2029]/g
const hasUnsafe = new RegExp(unsafe.source)

/** A log line without its secrets, and without what would not stay within it. */
export function redact(line: string): string {
  const safe = withoutSecrets(line)
  return hasUnsafe.test(safe) ? safe.replace(unsafe, escaped) : safe
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** Text without its credentials; safe to use on JSON, because no credential reaches over a quote. */
export function redactText(text: string): string {
  if (!credentialMark.test(text) || !suspiciousValue.test(text)) return text
  return text.replace(credentials, (...found) => {
    const { scheme, address, name } = found.at(-1) as Record<string, string | undefined>
    if (scheme !== undefined) return `${scheme} ${censor}`
    if (address !== undefined) return `${address}:${censor}@`
    return name === undefined ? censor : `${name}=${censor}`
  })
}

/** The last part decides, as in `http.request.header.authorization`. */
export function isSecret(name: string): boolean {
  return isSecretName.has(
    name
      .slice(name.lastIndexOf('.') + 1)
      .toLowerCase()
      .replace(/[-_]/g, ''),
  )
}

function withoutSecrets(line: string): string {
  return redactText(suspiciousName.test(line) ? redactNames(line) : line)
}

function redactNames(line: string): string {
  const newline = line.endsWith('\n') ? '\n' : ''
  return JSON.stringify(redactDeep(JSON.parse(line))) + newline
}

function redactDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redactDeep)
  if (typeof value === 'string') return redactEmbedded(value)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, isSecret(name) ? censor : redactDeep(inner)]),
  )
}

/** JSON inside a string, such as a body that was logged as it came. */
function redactEmbedded(text: string): string {
  if (!suspiciousName.test(text)) return text
  try {
    return JSON.stringify(redactDeep(JSON.parse(text)))
  } catch {
    return censor
  }
}

/** Each letter may be followed by the separators that names are written with. */
function spelling(name: string): string {
  return [...name].join('[-_]?')
}
