import { type Static, t } from 'elysia'
import { User } from '../accounts/users/schema.ts'
import { Instant, pageSchema } from '../http/schema.ts'

/** Decisions on a report. */
export const OUTCOMES = ['dismissed', 'deleted', 'disabled'] as const

export const BlockPage = pageSchema(User, {
  title: 'BlockPage',
  description: 'One page of the people you have blocked.',
})

export const Report = t.Object(
  {
    message: t.String({ description: '`id` of the message.', examples: ['17-42'] }),
    reason: t.String({ examples: ['Spam.'] }),
    createdAt: Instant,
  },
  { title: 'Report', description: 'Your report to the administrators.', additionalProperties: false },
)
export type ReportView = Static<typeof Report>
