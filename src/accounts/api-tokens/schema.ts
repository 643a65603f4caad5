import { type Static, t } from 'elysia'
import { Instant } from '../../http/schema.ts'
import { SignedIn } from '../sessions/schema.ts'

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
