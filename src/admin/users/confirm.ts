import { t } from 'elysia'
import type { Me } from '../../accounts/sessions/session.ts'
import { confirmIdentity } from '../../accounts/sign-in/service.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'

/** The administrator's own password and code. They confirm a change that could give an account away. */
export type Confirmation = { yourPassword?: string | undefined; yourCode?: string | undefined }

/** The fields of a `Confirmation`, for request bodies. */
export const adminConfirmation = {
  yourPassword: t.Optional(
    t.String({ description: 'The password of your own account.', examples: ['correct horse'] }),
  ),
  yourCode: t.Optional(
    t.String({
      maxLength: 100,
      description:
        'If your own account has two-factor authentication: a code from the authenticator app, or a recovery code.',
      examples: ['123456'],
    }),
  ),
}

/**
 * Checks the password and, with two-factor authentication, a code of the administrator `me`. A stolen session alone must not
 * take over other accounts.
 * @throws Invalid, TooManyRequests
 */
export async function confirmAdmin(
  deps: Deps,
  me: Me,
  { yourPassword, yourCode }: Confirmation,
): Promise<void> {
  if (me.hasPassword && !yourPassword) throw new Invalid({ yourPassword: 'required' })
  const proof = { me, password: yourPassword ?? '', code: yourCode }
  await confirmIdentity(deps, proof).catch((error) => {
    if (!(error instanceof Invalid)) throw error
    const { password, code, form } = error.fields
    throw new Invalid({
      ...(password && { yourPassword: password }),
      ...(code && { yourCode: code }),
      ...(form && { form }),
    })
  })
}
