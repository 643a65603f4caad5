import { t } from 'elysia'
import { MASS_ACTIONS, oneOf, Role } from '../schema.ts'
import { adminConfirmation } from './confirm.ts'

const change = {
  displayName: t.Optional(
    t.String({
      description: 'At most 80 characters; empty for the username.',
      examples: ['Ada Lovelace'],
    }),
  ),
  email: t.Optional(
    t.Nullable(
      t.String({
        description: 'Used without verification; null or empty removes it.',
        examples: ['ada@example.org'],
      }),
    ),
  ),
  role: t.Optional(Role),
  disabled: t.Optional(
    t.Boolean({
      description: 'A disabled account cannot sign in or be messaged, and has no sessions or API tokens.',
      examples: [false],
    }),
  ),
}
export const UserChange = t.Object(
  { ...change, ...adminConfirmation },
  {
    title: 'UserChange',
    description:
      'Fields to change; omitted fields are unchanged. A new `email` or `role` needs `yourPassword`.',
    additionalProperties: false,
  },
)
export const AddedUser = t.Object(
  {
    username: t.String({ description: '3 to 32 letters, digits, `.`, `_` or `-`.', examples: ['ada'] }),
    password: t.String({ description: '8 to 200 characters.', examples: ['correct horse'] }),
    displayName: change.displayName,
    email: t.Optional(t.String({ description: 'Used without verification.', examples: ['ada@example.org'] })),
    role: change.role,
    ...adminConfirmation,
  },
  {
    title: 'AddedUser',
    description: 'A new account. The role `admin` needs `yourPassword`.',
    additionalProperties: false,
  },
)
export const UserActions = t.Object(
  {
    usernames: t.Array(t.String({ maxLength: 200, examples: ['ada'] }), { minItems: 1, maxItems: 100 }),
    action: oneOf(MASS_ACTIONS),
  },
  { title: 'UserActions', description: 'An action on several accounts.', additionalProperties: false },
)
export const AdminConfirmation = t.Object(adminConfirmation, {
  title: 'AdminConfirmation',
  description: 'Confirmation with your own password.',
  additionalProperties: false,
})
export const ResetLink = t.Object(
  {
    link: t.String({
      description: 'Returned only here.',
      examples: ['https://chat.example.org/reset-password?token=mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
    }),
  },
  { title: 'ResetLink', description: 'A link to set a new password.', additionalProperties: false },
)
