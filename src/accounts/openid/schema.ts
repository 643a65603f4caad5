import { type Static, t } from 'elysia'
import { Instant } from '../../http/schema.ts'

export const Identity = t.Object(
  {
    issuer: t.String({ examples: ['https://id.example.org/realms/main'] }),
    subject: t.String({ description: 'The ID of the account at the issuer.', examples: ['248289761001'] }),
    createdAt: Instant,
  },
  {
    title: 'Identity',
    description: 'An account of an OpenID Connect provider.',
    additionalProperties: false,
  },
)
/** An {@link Identity} as JSON. */
export type IdentityView = Static<typeof Identity>
