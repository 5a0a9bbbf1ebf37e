/** A NestJS service with the telemetry kit; PLATFORM says whether it runs on Express or on Fastify. */

import 'reflect-metadata'
import { Controller, Get, Module, Param } from '@nestjs/common'
import { HttpAdapterHost, NestFactory } from '@nestjs/core'
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify'
import { startAdmin } from '../../otel/admin.ts'
import * as onExpress from '../../otel/express.ts'
import * as onFastify from '../../otel/fastify.ts'
import { onShutdown } from '../../otel/lifecycle.ts'
import { log } from '../../otel/logs.ts'
import { inSpan } from '../../otel/traces.ts'
import { TelemetryFilter } from './telemetry.js'

@Controller('orders')
class Orders {
  @Get(':id')
  async order(@Param('id') id: string) {
    if (id === '0') throw new RangeError('orders begin at 1')
    log.info({ order: id }, 'order read')
    return inSpan('price order', {}, () => ({ id }))
  }
}

@Module({ controllers: [Orders] })
class Service {}

const app = await create()
app.useGlobalFilters(new TelemetryFilter(app.get(HttpAdapterHost).httpAdapter))
const { PORT = '8080', ADMIN_PORT = '9464' } = process.env
await app.listen(Number(PORT), '127.0.0.1')
onShutdown('http', () => app.close())
await startAdmin({ host: '127.0.0.1', port: Number(ADMIN_PORT), ready: () => true })

/** Each platform has its adapter of the kit, which comes before the routes. */
async function create() {
  const options = { logger: false as const, forceCloseConnections: true }
  if (process.env.PLATFORM === 'fastify') {
    const app = await NestFactory.create<NestFastifyApplication>(Service, new FastifyAdapter(), options)
    await app.register(onFastify.httpServerTelemetry)
    return app
  }
  const app = await NestFactory.create(Service, options)
  return app.use(onExpress.httpServerTelemetry)
}
