/** `OTEL_SDK_DISABLED`: nothing is measured, traced or exported, and the service does its work. */

export type Env = Readonly<Record<string, string | undefined>>

export const sdkDisabled = isDisabled(process.env)

/** Only "true", in any case, is true in variables of the specification. */
export function isDisabled({ OTEL_SDK_DISABLED: text = '' }: Env): boolean {
  return text.trim().toLowerCase() === 'true'
}
