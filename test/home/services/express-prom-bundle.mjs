/** Somebody's service: Express, measured by express-prom-bundle as its README has it. Every fifth order fails. */
import express from 'express'
import promBundle from 'express-prom-bundle'

const app = express()
app.use(promBundle({ includeMethod: true, includePath: true }))
let orders = 0
app.get('/orders', (_request, response) => response.sendStatus(++orders % 5 === 0 ? 500 : 200))
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port))
