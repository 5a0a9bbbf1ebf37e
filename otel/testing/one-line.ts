/** A script or batch job on the kit: it logs one line and has nothing left to do. */

import { log } from '../logs.ts'
import { inSpan } from '../traces.ts'

await inSpan('the whole job', {}, () => log.info('done'))
