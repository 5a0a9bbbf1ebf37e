import { createRequire } from 'node:module'
import type express from 'express'
import { rejecting } from './behaviour.ts'
import { serve } from './express-routes.ts'

const express4 = createRequire(import.meta.url)('express-4') as typeof express

// Express 4 does not look at what a handler returns.
await serve(express4, (_request, _response, next) => void rejecting().catch(next))
