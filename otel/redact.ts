/**
 * Keeps secrets out of log lines, whatever the depth they sit at. Lines without a suspicious name or value, that is
 * nearly all, cost one scan; only the others are taken apart.
 */

const censor = '[redacted]'

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
const credentials = /\b(Bearer|Basic) +[\w.~+/-]{8,}=*|(:\/\/[^\s:/@"]*):[^\s/@"]+@/g
const suspiciousValue = new RegExp(credentials.source)

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

function withoutSecrets(line: string): string {
  const cleaned = suspiciousName.test(line) ? redactNames(line) : line
  return suspiciousValue.test(cleaned)
    ? cleaned.replace(credentials, (_, scheme?: string, address?: string) =>
        scheme === undefined ? `${address}:${censor}@` : `${scheme} ${censor}`,
      )
    : cleaned
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
    Object.entries(value).map(([name, inner]) => [
      name,
      isSecretName.has(name.toLowerCase().replace(/[-_]/g, '')) ? censor : redactDeep(inner),
    ]),
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
