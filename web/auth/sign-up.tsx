import type { Viewer } from '../../src/accounts/schema.ts'
import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { text } from '../text/text.ts'
import { ErrorSummary, Field, type FieldErrors, inPlace, UsernameField } from '../ui/form.tsx'

export type SignUpProps = {
  viewer: Viewer
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
    <Welcome viewer={props.viewer}>
      <SignUpForm {...props} />
    </Welcome>
  )
}

/** Only the form: the response to htmx when there are errors. */
export function SignUpForm({ viewer, values, errors, next, adminReadsMessages }: SignUpProps) {
  const { language } = viewer
  const t = text(language).account
  const common = { errors, language }
  const labels = { username: t.username, displayName: t.displayName, email: t.email, password: t.password }
  return (
    <form class="card" {...inPlace('sign-up', paths.signUp)}>
      <h1>{t.signUp}</h1>
      <p class="lead">{t.signUpLead}</p>
      <ErrorSummary {...common} labels={labels} />
      {next && <input type="hidden" name="next" value={next} />}
      <UsernameField {...common} value={values.username} hint={t.usernameHint} />
      <Field
        {...common}
        name="password"
        label={t.password}
        hint={t.passwordHint}
        input={{ type: 'password', autocomplete: 'new-password', required: true }}
      />
      <Field
        {...common}
        name="displayName"
        label={t.displayName}
        hint={t.displayNameHint}
        optional
        input={{ value: values.displayName, autocomplete: 'name' }}
      />
      <Field
        {...common}
        name="email"
        label={t.email}
        hint={t.emailHint}
        optional
        input={{ type: 'email', value: values.email, autocomplete: 'email' }}
      />
      {adminReadsMessages && <p class="hint">{text(language).admin.notice}</p>}
      <button class="button" type="submit">
        {t.signUp}
      </button>
      <p class="aside">
        {t.haveAccount} <a href={withQuery(paths.signIn, { next })}>{t.signIn}</a>
      </p>
    </form>
  )
}
