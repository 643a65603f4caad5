import { type Static, t } from 'elysia'
import { Instant } from '../../http/schema.ts'

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
