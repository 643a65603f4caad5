import type { Config } from '../../process/config.ts'

/** Whether a user may invite people, also whether their existing invites are valid. */
export function mayInvite(
  { signUp, invites }: Pick<Config, 'signUp' | 'invites'>,
  user: { role: 'user' | 'admin' } | null | undefined,
): boolean {
  if (!user || signUp === 'closed') return false
  return invites === 'everybody' || user.role === 'admin'
}
