/** Errors of a sign-in with the OpenID Connect provider, which the sign-in and the settings page show. */
export const OPENID_ERRORS = [
  'openid_cancelled',
  'openid_failed',
  'openid_unavailable',
  'openid_taken',
  'step_expired',
  'last_sign_in',
  'account_disabled',
  'sign_up_closed',
  'invite_required',
] as const
