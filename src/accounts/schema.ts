import { type Static, t } from 'elysia'
import { Instant, Next } from '../http/schema.ts'

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
export const Account = t.Object(
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

/** What a challenge is for: a new passkey, signing in with one, or the code after the password. */
export type ChallengePurpose = 'addPasskey' | 'usePasskey' | 'code'

/** Characters in the name of an API token. */
export const TOKEN_NAME = 60

/** Characters in the name of a passkey. */
export const PASSKEY_NAME = 60

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]
export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** How the one who looks at a page reads: resolved for every request. */
export type Viewer = {
  language: Language
  /** IANA time zone; `UTC` until the browser has told. */
  zone: string
  /** null follows the system. */
  theme: Theme | null
}

/** How others see somebody on a page: with the hash of their picture, if they have one. */
export type PersonView = UserView & { avatar?: string | null }

export const Settings = t.Object(
  {
    displayName: t.String({
      description: 'What others see, at most 80 characters; empty for the username.',
      examples: ['Ada Lovelace'],
    }),
    language: t.Nullable(
      t.String({ description: '`en`, `zh`; null follows the browser.', examples: ['en'] }),
    ),
    theme: t.Nullable(
      t.String({ description: '`light`, `dark`; null follows the system.', examples: ['dark'] }),
    ),
    zone: t.Nullable(
      t.String({
        description: 'Of IANA; null follows the device.',
        examples: ['Europe/Berlin'],
      }),
    ),
  },
  { title: 'Settings', description: 'How you are seen, and how you read.', additionalProperties: false },
)

export const SignedInSession = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['42'] }),
    device: t.Nullable(t.String({ description: 'As it says of itself.', examples: ['Firefox · Linux'] })),
    address: t.String({ description: 'Where it signed in from.', examples: ['192.0.2.7'] }),
    createdAt: Instant,
    usedAt: t.String({ ...Instant, description: 'To within five minutes.' }),
    expiresAt: Instant,
    current: t.Boolean({ description: 'It is the one that asks.', examples: [true] }),
  },
  {
    title: 'SignedInSession',
    description: 'A browser or API client that is signed in.',
    additionalProperties: false,
  },
)
export type SignedInSessionView = Static<typeof SignedInSession>

export const SessionPage = t.Object(
  { results: t.Array(SignedInSession), next: Next },
  {
    title: 'SessionPage',
    description: 'One page of your sessions, newest first.',
    additionalProperties: false,
  },
)
export type SessionPageView = Static<typeof SessionPage>

const token = {
  id: t.String({ description: 'Opaque.', examples: ['43'] }),
  name: t.String({ examples: ['Weather robot'] }),
  createdAt: Instant,
  usedAt: t.Nullable(Instant, { description: 'To within five minutes; null before the first use.' }),
  expiresAt: Instant,
}
export const ApiToken = t.Object(token, {
  title: 'ApiToken',
  description: 'What a script signs in with. Its secret is told once, when it is made.',
  additionalProperties: false,
})
export type ApiTokenView = Static<typeof ApiToken>

export const CreatedApiToken = t.Object(
  { ...token, token: SignedIn.properties.token },
  { title: 'CreatedApiToken', description: 'An API token, and its secret.', additionalProperties: false },
)

export const ApiTokens = t.Object(
  { results: t.Array(ApiToken) },
  { title: 'ApiTokens', description: 'All your API tokens, newest first.', additionalProperties: false },
)

export const Passkey = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['7'] }),
    name: t.String({ examples: ['Firefox · Linux'] }),
    createdAt: Instant,
    usedAt: t.Nullable(Instant, { description: 'The last time it signed you in; null before the first.' }),
  },
  { title: 'Passkey', description: 'What signs you in without a password.', additionalProperties: false },
)
export type PasskeyView = Static<typeof Passkey>

export const Passkeys = t.Object(
  { results: t.Array(Passkey) },
  { title: 'Passkeys', description: 'All your passkeys, newest first.', additionalProperties: false },
)

export const TwoFactor = t.Object(
  {
    on: t.Boolean({
      description: 'Whether signing in with the password takes a code, too.',
      examples: [true],
    }),
    since: t.Nullable(Instant),
    recoveryCodesLeft: t.Integer({ examples: [10] }),
  },
  { title: 'TwoFactor', description: 'The second step of signing in.', additionalProperties: false },
)
export type TwoFactorView = Static<typeof TwoFactor>

export const PasswordConfirmation = t.Object(
  { password: t.String({ description: 'Your current password.', examples: ['correct horse'] }) },
  { title: 'PasswordProof', description: 'Confirmation with the password.', additionalProperties: false },
)
