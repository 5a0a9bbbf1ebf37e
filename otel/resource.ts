/** Who is speaking: read once from the standard OpenTelemetry variables, the same for metrics, traces and logs. */

interface Identity {
  service: string
  version: string
  environment: string
}

export const identity: Identity = readIdentity(process.env)

/** `OTEL_SERVICE_NAME` and `OTEL_SERVICE_VERSION` win over the same names in `OTEL_RESOURCE_ATTRIBUTES`. */
function readIdentity(env: Record<string, string | undefined>): Identity {
  const attributes = readPairs(env.OTEL_RESOURCE_ATTRIBUTES)
  return {
    service: env.OTEL_SERVICE_NAME || attributes['service.name'] || 'unknown_service',
    version: env.OTEL_SERVICE_VERSION || attributes['service.version'] || '0.0.0',
    environment: attributes['deployment.environment.name'] || 'development',
  }
}

/** Everything of `OTEL_RESOURCE_ATTRIBUTES`, with the identity's three attributes settled. */
export function resourceAttributes(
  env: Record<string, string | undefined> = process.env,
): Record<string, string> {
  const { service, version, environment } = readIdentity(env)
  return {
    ...readPairs(env.OTEL_RESOURCE_ATTRIBUTES),
    'service.name': service,
    'service.version': version,
    'deployment.environment.name': environment,
  }
}

/** `key=value,key=value` with percent-encoded values, as OpenTelemetry writes lists in variables. */
export function readPairs(text = ''): Record<string, string> {
  const pairs = text.split(',').map(pair => {
    const equals = pair.indexOf('=')
    return equals < 1
      ? undefined
      : ([pair.slice(0, equals).trim(), decode(pair.slice(equals + 1).trim())] as const)
  })
  return Object.fromEntries(pairs.filter(pair => pair !== undefined))
}

function decode(value: string): string {
  try {
    return decodeURIComponent(value)
  } catch {
    return value
  }
}
