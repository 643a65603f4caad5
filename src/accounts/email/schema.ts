import { type Static, t } from 'elysia'

/** The email address of the signed-in user's account. */
export const Email = t.Object(
  {
    email: t.Nullable(
      t.String({
        examples: ['ada@example.org'],
        description: 'The verified address. Password reset links are sent to it.',
      }),
    ),
    pending: t.Nullable(
      t.String({
        examples: ['ada@example.com'],
        description: 'Replaces `email` when the link sent to it is opened, within a day.',
      }),
    ),
  },
  { title: 'Email', description: 'The email address of your account.', additionalProperties: false },
)
export type EmailView = Static<typeof Email>
