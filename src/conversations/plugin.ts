import { Elysia } from 'elysia'
import type { Deps } from '../process/deps.ts'
import { conversationPages } from './pages.tsx'
import { conversationRoutes } from './routes.ts'

/** The list of conversations, and the chat page. */
export function conversations(deps: Deps) {
  return new Elysia().use(conversationPages(deps)).use(conversationRoutes(deps))
}
