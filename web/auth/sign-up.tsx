import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { DisplayNameField, EmailField, NewPasswordField, UsernameField } from '../ui/account-fields.tsx'
import { ErrorSummary, type FieldErrors, inPlace } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { usePunctuation } from '../ui/viewer.ts'

export type SignUpProps = {
  /** Submitted values, without the password. */
  values: { username?: string | undefined; displayName?: string | undefined; email?: string | undefined }
  errors: FieldErrors
  /** Where to redirect then; a path of this site. */
  next: string | null
  /** Administrators may read messages without a report. */
  adminReadsMessages: boolean
}

export function SignUpPage(props: SignUpProps) {
  return (
    <Welcome>
      <SignUpForm {...props} />
    </Welcome>
  )
}

/** Only the form: the response to htmx when there are errors. */
export function SignUpForm({ values, errors, next, adminReadsMessages }: SignUpProps) {
  const { account: t, admin } = useText()
  const { gap } = usePunctuation()
  const labels = { username: t.username, displayName: t.displayName, email: t.email, password: t.password }
  return (
    <form class="card" {...inPlace('sign-up', paths.signUp)}>
      <h1>{t.signUp}</h1>
      <p class="lead">{t.signUpLead}</p>
      <ErrorSummary errors={errors} labels={labels} />
      {next && <input type="hidden" name="next" value={next} />}
      <UsernameField errors={errors} value={values.username} hint={t.usernameHint} />
      <NewPasswordField errors={errors} label={t.password} />
      <DisplayNameField errors={errors} value={values.displayName} optional />
      <EmailField errors={errors} value={values.email} />
      {adminReadsMessages && <p class="hint">{admin.notice}</p>}
      <button class="button" type="submit">
        {t.signUp}
      </button>
      <p class="aside">
        {t.haveAccount}
        {gap}
        <a href={withQuery(paths.signIn, { next })}>{t.signIn}</a>
      </p>
    </form>
  )
}
