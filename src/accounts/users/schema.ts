import { type Static, t } from 'elysia'
import { pageSchema } from '../../http/schema.ts'

/** 3 to 32 letters, digits, `.`, `_` or `-`; unique regardless of case. */
export const Username = t.String({
  pattern: '^[A-Za-z0-9._-]{3,32}$',
  description: '3 to 32 letters, digits, `.`, `_` or `-`; unique regardless of case.',
  examples: ['ada'],
})

/** A user, as all users see them. */
export const User = t.Object(
  {
    username: Username,
    displayName: t.String({ examples: ['Ada Lovelace'] }),
  },
  { title: 'User', description: 'A user, as all users see them.', additionalProperties: false },
)
export type UserView = Static<typeof User>

/** A user as the other person of a conversation. */
export const Person = t.Object(
  {
    username: Username,
    displayName: t.String({ examples: ['Ada Lovelace'] }),
    avatar: t.Nullable(
      t.String({
        description:
          'The hash of the picture, for `GET /users/{username}/avatar?v=<hash>`; null without a picture.',
        examples: ['5f2b0c9d1e7a'],
      }),
    ),
    deleted: t.Boolean({
      description: 'The account is deleted: `username` is now `deleted-<number>`, and messages are refused.',
      examples: [false],
    }),
  },
  { title: 'Person', description: 'The other person of a conversation.', additionalProperties: false },
)
export type ConversationPersonView = Static<typeof Person>

/** The signed-in user's account. */
export const Account = t.Object(
  {
    username: Username,
    displayName: t.String({ examples: ['Ada Lovelace'] }),
    email: t.Nullable(
      t.String({ examples: ['ada@example.org'], description: 'The verified address, or null.' }),
    ),
    role: t.UnionEnum(['user', 'admin']),
  },
  { title: 'Account', description: 'Your account.', additionalProperties: false },
)
export type AccountView = Static<typeof Account>

export const UserPage = pageSchema(User, { title: 'UserPage', description: 'One page of people.' })
export type UserPageView = Static<typeof UserPage>

/** A user on a page: `avatar` is the hash of their picture, if they have one. */
export type PersonView = UserView & { avatar?: string | null }
