import { type Static, t } from 'elysia'
import { Instant } from '../../http/schema.ts'

/** Bytes in base64url, as browsers write them. */
const bytes = (example: string) => t.String({ maxLength: 20_000, examples: [example] })

const common = {
  id: bytes('uS6bN8vKx0m2vC1w'),
  rawId: bytes('uS6bN8vKx0m2vC1w'),
  type: t.String({ maxLength: 100, examples: ['public-key'] }),
  clientExtensionResults: t.Object({}, { additionalProperties: true, examples: [{}] }),
}

/** Newer browsers may add properties. */
const EXTENSIBLE = { additionalProperties: true }

/** The result of `navigator.credentials.create()`: `RegistrationResponseJSON` (WebAuthn, 5.1.8). */
export const NewCredential = t.Object(
  {
    ...common,
    response: t.Object(
      {
        clientDataJSON: bytes('eyJ0eXBlIjoid2ViYXV0aG4uY3JlYXRlIn0'),
        attestationObject: bytes('o2NmbXRkbm9uZQ'),
      },
      EXTENSIBLE,
    ),
  },
  { title: 'NewCredential', description: '`toJSON()` of a new `PublicKeyCredential`.', ...EXTENSIBLE },
)
export type NewCredentialView = Static<typeof NewCredential>

/** The result of `navigator.credentials.get()`: `AuthenticationResponseJSON`. */
export const UsedCredential = t.Object(
  {
    ...common,
    response: t.Object(
      {
        clientDataJSON: bytes('eyJ0eXBlIjoid2ViYXV0aG4uZ2V0In0'),
        authenticatorData: bytes('SZYN5YgOjGh0NBcPZHZgW4'),
        signature: bytes('MEUCIQDdM5lkm0'),
        userHandle: t.Optional(bytes('MQ')),
      },
      EXTENSIBLE,
    ),
  },
  {
    title: 'UsedCredential',
    description: '`toJSON()` of the `PublicKeyCredential` of a sign-in.',
    ...EXTENSIBLE,
  },
)
export type UsedCredentialView = Static<typeof UsedCredential>

const options = { additionalProperties: true }
const challenge = t.String({
  description: 'In base64url. Valid once, for five minutes.',
  examples: ['mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
})

/** `PublicKeyCredentialCreationOptionsJSON`. */
export const CreationOptions = t.Object(
  { challenge },
  {
    title: 'CreationOptions',
    description: 'For `PublicKeyCredential.parseCreationOptionsFromJSON()`.',
    ...options,
  },
)

/** `PublicKeyCredentialRequestOptionsJSON`. */
export const RequestOptions = t.Object(
  { challenge },
  {
    title: 'RequestOptions',
    description: 'For `PublicKeyCredential.parseRequestOptionsFromJSON()`.',
    ...options,
  },
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
