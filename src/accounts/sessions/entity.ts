import { defineEntity, p } from '@mikro-orm/core'
import { TOKEN_NAME } from '../limits.ts'
import { UserEntity } from '../users/entity.ts'

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p.integer().unsigned().primary(),
    user: () => p.manyToOne(UserEntity),
    /** SHA-256 of the secret in the token, in hexadecimal. The database alone does not allow signing in. */
    secretHash: p.string().length(64).unique(),
    /** The name of an API token; null for a session that began by signing in. */
    name: p.string().length(TOKEN_NAME).strictNullable(),
    createdAt: p.datetime().length(3),
    usedAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3).index(),
    userAgent: p.string().length(255),
    address: p.string().length(45),
    /** SHA-256 of issuer and subject of the OpenID identity that signed in; null for other ways to sign in. */
    identityHash: p.string().length(64).strictNullable().index(),
    /** SHA-256 of issuer and ID of the session at the provider; null when the provider named none. */
    providerSessionHash: p.string().length(64).strictNullable().index(),
  },
})
export class SessionEntity extends SessionSchema.class {}
SessionSchema.setClass(SessionEntity)
