import type { UserView } from '../../src/accounts/users/schema.ts'
import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { DisplayNameField, EmailField, NewPasswordField, UsernameField } from '../ui/account-fields.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { ErrorSummary, type FieldErrors, inPlace } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { usePunctuation } from '../ui/viewer.ts'

export type SignUpProps = {
  /** Submitted values, without the password. */
  values: { username?: string | undefined; displayName?: string | undefined; email?: string | undefined }
  errors: FieldErrors
  /** Where to redirect then; a path of this site. */
  next: string | null
  /** The name of the OpenID Connect provider; null without one. */
  provider: string | null
  /** Whether passwords sign in. */
  passwords: boolean
  /** Administrators may read messages without a report. */
  adminReadsMessages: boolean
  /** The invite with which the visitor signs up. */
  invite?: { token: string; inviter: UserView }
}

export function SignUpPage(props: SignUpProps) {
  return (
    <Welcome>
      <SignUpForm {...props} />
    </Welcome>
  )
}

/** Only the form: the response to htmx when there are errors. */
export function SignUpForm({
  values,
  errors,
  next,
  provider,
  passwords,
  adminReadsMessages,
  invite,
}: SignUpProps) {
  const { account: t, admin, openId } = useText()
  const { gap } = usePunctuation()
  const labels = { username: t.username, displayName: t.displayName, email: t.email, password: t.password }
  return (
    <form class="card" {...(invite ? withInvite(invite) : inPlace('sign-up', paths.signUp))}>
      {invite && <Inviter person={invite.inviter} />}
      <h1>{t.signUp}</h1>
      {passwords && <p class="lead">{t.signUpLead}</p>}
      <ErrorSummary errors={errors} labels={labels} />
      {passwords && (
        <>
          {next && !invite && <input type="hidden" name="next" value={next} />}
          <UsernameField errors={errors} value={values.username} hint={t.usernameHint} />
          <NewPasswordField errors={errors} label={t.password} />
          <DisplayNameField errors={errors} value={values.displayName} optional />
          <EmailField errors={errors} value={values.email} />
        </>
      )}
      {adminReadsMessages && <p class="hint">{admin.notice}</p>}
      {passwords && (
        <button class="button" type="submit">
          {t.signUp}
        </button>
      )}
      {provider && (
        <a
          class={passwords ? 'button quiet' : 'button'}
          href={withQuery(paths.openIdSignIn, { invite: invite?.token ?? null, next })}
        >
          {openId.continue(provider)}
        </a>
      )}
      <p class="aside">
        {t.haveAccount}
        {gap}
        <a href={withQuery(paths.signIn, { next })}>{t.signIn}</a>
      </p>
    </form>
  )
}

/** Not sent by htmx, which would add the page's address with its token to the request. */
const withInvite = ({ token }: { token: string }) => ({
  id: 'sign-up',
  method: 'post',
  action: withQuery(paths.invite, { token }),
  noValidate: true,
})

/** Who invites. */
export function Inviter({ person }: { person: UserView }) {
  const { invites: t } = useText()
  return (
    <div class="whoami">
      <Avatar person={person} />
      <div>
        <bdi class="row-name">{person.displayName}</bdi>
        <p class="hint">@{person.username}</p>
        <p>{t.from}</p>
      </div>
    </div>
  )
}
