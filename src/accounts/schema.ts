import { type Static, t } from 'elysia'
import { Instant, pageSchema } from '../http/schema.ts'

/** 3 to 32 letters, digits, `.`, `_` or `-`; unique whatever the case. */
export const Username = t.String({
  pattern: '^[A-Za-z0-9._-]{3,32}$',
  description: '3 to 32 letters, digits, `.`, `_` or `-`; unique whatever the case.',
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

/** A new session, as the response to a sign-in. */
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

export const UserPage = pageSchema(User, { title: 'UserPage', description: 'One page of people.' })
export type UserPageView = Static<typeof UserPage>

/** The purpose of a single-use link: resetting a password, or verifying an email address. */
export const LINK_PURPOSES = ['reset', 'verify'] as const
export type LinkPurpose = (typeof LINK_PURPOSES)[number]

/** The purpose of a challenge: adding a passkey, signing in with one, or the code after the password. */
export type ChallengePurpose = 'addPasskey' | 'usePasskey' | 'code'

/** Maximum characters of an API token's name. */
export const TOKEN_NAME = 60

/** Maximum characters of a passkey's name. */
export const PASSKEY_NAME = 60

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]
export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Language, time zone and theme for the response to a request. */
export type Viewer = {
  language: Language
  /** IANA time zone; `UTC` until the browser has sent its own. */
  zone: string
  /** null follows the system. */
  theme: Theme | null
}

/** A user on a page: `avatar` is the hash of their picture, if they have one. */
export type PersonView = UserView & { avatar?: string | null }

export const Settings = t.Object(
  {
    displayName: t.String({
      description: 'The name that others see, at most 80 characters; empty for the username.',
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
        description: 'An IANA time zone; null follows the device.',
        examples: ['Europe/Berlin'],
      }),
    ),
  },
  {
    title: 'Settings',
    description: 'Your display name, language, theme and time zone.',
    additionalProperties: false,
  },
)

export const SignedInSession = t.Object(
  {
    id: t.String({ description: 'Opaque.', examples: ['42'] }),
    device: t.Nullable(
      t.String({ description: 'Browser and system, from `User-Agent`.', examples: ['Firefox · Linux'] }),
    ),
    address: t.String({ description: 'The IP address of the sign-in.', examples: ['192.0.2.7'] }),
    createdAt: Instant,
    usedAt: t.String({ ...Instant, description: 'The last use, accurate to five minutes.' }),
    expiresAt: Instant,
    current: t.Boolean({ description: 'Whether it is the session of this request.', examples: [true] }),
  },
  {
    title: 'SignedInSession',
    description: 'A browser or API client that is signed in.',
    additionalProperties: false,
  },
)
export type SignedInSessionView = Static<typeof SignedInSession>

export const SessionPage = pageSchema(SignedInSession, {
  title: 'SessionPage',
  description: 'One page of your sessions, newest first.',
})
export type SessionPageView = Static<typeof SessionPage>

const token = {
  id: t.String({ description: 'Opaque.', examples: ['43'] }),
  name: t.String({ examples: ['Weather robot'] }),
  createdAt: Instant,
  usedAt: t.Nullable(Instant, {
    description: 'The last use, accurate to five minutes; null before the first.',
  }),
  expiresAt: Instant,
}
export const ApiToken = t.Object(token, {
  title: 'ApiToken',
  description: 'A token for scripts. Its secret is returned only when it is created.',
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
    usedAt: t.Nullable(Instant, { description: 'The last sign-in with it; null before the first.' }),
  },
  {
    title: 'Passkey',
    description: 'A passkey, which signs you in without a password.',
    additionalProperties: false,
  },
)
export type PasskeyView = Static<typeof Passkey>

export const Passkeys = t.Object(
  { results: t.Array(Passkey) },
  { title: 'Passkeys', description: 'All your passkeys, newest first.', additionalProperties: false },
)

export const TwoFactor = t.Object(
  {
    on: t.Boolean({
      description: 'Whether signing in with the password also requires a code.',
      examples: [true],
    }),
    since: t.Nullable(Instant),
    recoveryCodesLeft: t.Integer({ examples: [10] }),
  },
  { title: 'TwoFactor', description: 'The state of two-factor authentication.', additionalProperties: false },
)
export type TwoFactorView = Static<typeof TwoFactor>

export const PasswordConfirmation = t.Object(
  { password: t.String({ description: 'Your current password.', examples: ['correct horse'] }) },
  { title: 'PasswordProof', description: 'Confirmation with the password.', additionalProperties: false },
)
