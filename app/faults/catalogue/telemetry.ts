/** What can go wrong with the telemetry itself. */
import { telemetry } from '../../../otel/signals.ts'
import { anyProcess, type Fault, minutes, onOrOff, symptom } from '../fault.ts'

export const telemetryFaults = [
  {
    id: 'log-flood',
    title: 'Log flood',
    breaks: 'A service logs in proportion to its requests',
    does: 'Writes log lines without end',
    intensity: { unit: 'lines/s', means: 'log lines written', min: 1, max: 50_000, default: 2_000 },
    targets: anyProcess,
    duration: minutes(5, 30),
    symptom: symptom(telemetry.items, 'rate', 'up', { signal: 'logs' }),
    alert: { name: 'LogVolumeHigh', within: 300 },
  },
  {
    id: 'telemetry-down',
    title: 'Telemetry backend gone',
    breaks: 'The service does not depend on the systems that watch it',
    does: 'Makes the endpoint for traces and logs unreachable from the process',
    intensity: onOrOff,
    targets: anyProcess,
    duration: minutes(10, 60),
    symptom: symptom(telemetry.items, 'rate', 'down', { outcome: 'sent' }),
    alert: { name: 'TelemetryDropped', within: 300 },
  },
] as const satisfies readonly Fault[]
