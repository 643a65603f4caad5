import type { UserView } from '../../src/accounts/users/schema.ts'
import { Welcome } from '../chat/welcome.tsx'
import { paths } from '../paths.ts'
import { DisplayNameField, UsernameField } from '../ui/account-fields.tsx'
import { ErrorSummary, type FieldErrors, inPlace } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { Inviter } from './sign-up.tsx'

export type OpenIdSignUpProps = {
  /** The name of the provider. */
  provider: string
  /** The creator of the invite with which the visitor signs up; null without one. */
  inviter: UserView | null
  values: { username?: string | undefined; displayName?: string | undefined }
  errors: FieldErrors
  /** Administrators may read messages without a report. */
  adminReadsMessages: boolean
}

/** Chooses the username of a new account that the provider signs in. */
export function OpenIdSignUpPage(props: OpenIdSignUpProps) {
  return (
    <Welcome>
      <OpenIdSignUpForm {...props} />
    </Welcome>
  )
}

export function OpenIdSignUpForm({
  provider,
  inviter,
  values,
  errors,
  adminReadsMessages,
}: OpenIdSignUpProps) {
  const { account: t, openId, admin } = useText()
  return (
    <form class="card" {...inPlace('sign-up', paths.openIdSignUp)}>
      {inviter && <Inviter person={inviter} />}
      <h1>{t.signUp}</h1>
      <p class="lead">{openId.signUpLead(provider)}</p>
      <ErrorSummary errors={errors} labels={{ username: t.username, displayName: t.displayName }} />
      <UsernameField errors={errors} value={values.username} hint={t.usernameHint} />
      <DisplayNameField errors={errors} value={values.displayName} optional />
      {adminReadsMessages && <p class="hint">{admin.notice}</p>}
      <button class="button" type="submit">
        {t.signUp}
      </button>
      <p class="aside">
        <a href={paths.signIn}>{openId.haveAccount}</a>
      </p>
    </form>
  )
}
