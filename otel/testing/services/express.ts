import express from 'express'
import { rejecting } from './behaviour.ts'
import { serve } from './express-routes.ts'

await serve(express, rejecting)
