import type { Config } from '../../process/config.ts'

/** Whether a user may invite people, also whether their existing invites are valid. Invited people choose a password. */
export function mayInvite(
  { signUp, invites, passwords }: Pick<Config, 'signUp' | 'invites' | 'passwords'>,
  user: { role: 'user' | 'admin' } | null | undefined,
): boolean {
  if (!user || signUp === 'closed' || !passwords) return false
  return invites === 'everybody' || user.role === 'admin'
}
