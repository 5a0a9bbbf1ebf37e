/** What Nest knows and its platform does not: with which error a request failed. */

import { type ArgumentsHost, Catch } from '@nestjs/common'
import { BaseExceptionFilter } from '@nestjs/core'
import { failRequest } from '../../otel/http.ts'

@Catch()
export class TelemetryFilter extends BaseExceptionFilter {
  override catch(error: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest()
    // Fastify has a request of its own around that of node:http.
    failRequest(request.raw ?? request, error)
    super.catch(error, host)
  }
}
