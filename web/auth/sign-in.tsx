import type { Viewer } from '../../src/accounts/schema.ts'
import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { text } from '../text/text.ts'
import { ErrorSummary, Field, type FieldErrors, inPlace, UsernameField } from '../ui/form.tsx'

export type SignInProps = {
  viewer: Viewer
  values: { username?: string | undefined }
  errors: FieldErrors
  /** Where to redirect then; a path of this site. */
  next: string | null
  /** The action to confirm. */
  done?: 'reset' | 'deleted' | undefined
}

export function SignInPage(props: SignInProps) {
  return (
    <Welcome viewer={props.viewer}>
      <SignInForm {...props} />
      <PasskeyForm {...props} />
    </Welcome>
  )
}

/** Its script shows it if the browser supports passkeys. */
function PasskeyForm({ viewer, next }: SignInProps) {
  const { passkeys: t } = text(viewer.language)
  return (
    <form class="card" method="post" action={paths.passkeySignIn} data-passkey hidden>
      <input type="hidden" name="credential" />
      {next && <input type="hidden" name="next" value={next} />}
      <p class="field-error" role="alert" data-when="failed" hidden>
        {t.signInFailed}
      </p>
      <button class="button quiet" type="submit">
        {t.signIn}
      </button>
    </form>
  )
}

/** Only the form: the response to htmx when there are errors. */
export function SignInForm({ viewer, values, errors, next, done }: SignInProps) {
  const { language } = viewer
  const t = text(language).account
  const common = { errors, language }
  return (
    <form class="card" {...inPlace('sign-in', paths.signIn)}>
      <h1>{t.signIn}</h1>
      {done ? (
        <p class="saved" role="status">
          {done === 'reset' ? t.passwordReset : t.accountDeleted}
        </p>
      ) : (
        <p class="lead">{t.signInLead}</p>
      )}
      <ErrorSummary {...common} labels={{ username: t.username, password: t.password }} />
      {next && <input type="hidden" name="next" value={next} />}
      <UsernameField {...common} value={values.username} />
      <Field
        {...common}
        name="password"
        label={t.password}
        input={{ type: 'password', autocomplete: 'current-password', required: true }}
      />
      <button class="button" type="submit">
        {t.signIn}
      </button>
      <p class="aside">
        <a href={paths.forgotPassword}>{t.forgot}</a>
      </p>
      <p class="aside">
        {t.newHere} <a href={withQuery(paths.signUp, { next })}>{t.signUp}</a>
      </p>
    </form>
  )
}
