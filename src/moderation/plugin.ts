import { Elysia } from 'elysia'
import type { Deps } from '../process/deps.ts'
import { moderationPages } from './pages.tsx'
import { moderationRoutes } from './routes.ts'

/** Blocking people and reporting messages. */
export function moderation(deps: Deps) {
  return new Elysia().use(moderationPages(deps)).use(moderationRoutes(deps))
}
