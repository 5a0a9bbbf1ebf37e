#!/usr/bin/env node
import { main } from '../sightline.ts'

process.exitCode = await main(process.argv.slice(2))
