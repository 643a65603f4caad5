import { type Static, t } from 'elysia'
import { Instant, Next } from '../schema.ts'

/** 3 to 32 letters, digits, `.`, `_` or `-`; unique whatever the case. */
export const Username = t.String({
  pattern: '^[A-Za-z0-9._-]{3,32}$',
  description: '3 to 32 letters, digits, `.`, `_` or `-`; unique whatever the case.',
  examples: ['ada'],
})

/** Somebody, as everybody sees them. */
export const User = t.Object(
  {
    username: Username,
    displayName: t.String({ examples: ['Ada Lovelace'] }),
  },
  { title: 'User', description: 'Somebody, as everybody sees them.', additionalProperties: false },
)
export type UserView = Static<typeof User>

/** Somebody, as they see themselves. */
const Account = t.Object(
  {
    username: Username,
    displayName: t.String({ examples: ['Ada Lovelace'] }),
    email: t.Nullable(t.String({ examples: ['ada@example.org'], description: 'Once it was verified.' })),
    role: t.UnionEnum(['user', 'admin']),
  },
  { title: 'Account', description: 'You, as you see yourself.', additionalProperties: false },
)
export type AccountView = Static<typeof Account>

/** One signed-in browser or API client, as it is told at sign-in. */
export const SignedIn = t.Object(
  {
    token: t.String({
      description: 'A JWT, for `Authorization: Bearer`.',
      examples: ['eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiIxIn0.2lXu3XzZ'],
    }),
    expiresAt: Instant,
    user: Account,
  },
  { title: 'SignedIn', description: 'A new session, and its token.', additionalProperties: false },
)
export type SignedInView = Static<typeof SignedIn>

export const Session = t.Object(
  { user: Account, expiresAt: Instant },
  { title: 'Session', description: 'Who is signed in, and until when.', additionalProperties: false },
)

/** The email address of one's own account. */
export const Email = t.Object(
  {
    email: t.Nullable(
      t.String({
        examples: ['ada@example.org'],
        description: 'Verified: links for a new password go there.',
      }),
    ),
    pending: t.Nullable(
      t.String({
        examples: ['ada@example.com'],
        description: 'Takes its place as soon as the link that was mailed there is opened, within a day.',
      }),
    ),
  },
  { title: 'Email', description: 'The email address of your account.', additionalProperties: false },
)
export type EmailView = Static<typeof Email>

export const UserPage = t.Object(
  { results: t.Array(User), next: Next },
  { title: 'UserPage', description: 'One page of people.', additionalProperties: false },
)
export type UserPageView = Static<typeof UserPage>

/** What a single-use link is for: a new password, or an email address that is to be verified. */
export const LINK_PURPOSES = ['reset', 'verify'] as const
export type LinkPurpose = (typeof LINK_PURPOSES)[number]

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]
export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** How the one who looks at a page reads: resolved for every request. */
export type Reader = {
  language: Language
  /** IANA time zone; `UTC` until the browser has told. */
  zone: string
  /** null follows the system. */
  theme: Theme | null
}
