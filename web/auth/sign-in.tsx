import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { CurrentPasswordField, UsernameField } from '../ui/account-fields.tsx'
import { ErrorSummary, type FieldErrors, inPlace, Saved } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { usePunctuation } from '../ui/viewer.ts'

export type SignInProps = {
  values: { username?: string | undefined }
  errors: FieldErrors
  /** Where to redirect then; a path of this site. */
  next: string | null
  /** The name of the OpenID Connect provider; null without one. */
  provider: string | null
  /** Whether passwords sign in. */
  passwords: boolean
  /** People can sign up without an invite. */
  signUpIsOpen: boolean
  /** The action to confirm. */
  done?: 'reset' | 'deleted' | undefined
}

export function SignInPage(props: SignInProps) {
  return (
    <Welcome>
      <SignInForm {...props} />
      <PasskeyForm {...props} />
    </Welcome>
  )
}

/** Its script shows it if the browser supports passkeys. */
function PasskeyForm({ next }: SignInProps) {
  const { passkeys: t } = useText()
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
export function SignInForm({
  values,
  errors: found,
  next,
  done,
  provider,
  passwords,
  signUpIsOpen,
}: SignInProps) {
  const { account: t, openId } = useText()
  const { gap } = usePunctuation()
  // Either of the two fields may be wrong.
  const errors = found.password === 'credentials' ? { form: 'credentials' } : found
  return (
    <form class="card" {...inPlace('sign-in', paths.signIn)}>
      <h1>{t.signIn}</h1>
      {done ? (
        <Saved>{done === 'reset' ? t.passwordReset : t.accountDeleted}</Saved>
      ) : (
        <p class="lead">{t.signInLead}</p>
      )}
      <ErrorSummary errors={errors} labels={{ username: t.username, password: t.password }} />
      {passwords && (
        <>
          {next && <input type="hidden" name="next" value={next} />}
          <UsernameField errors={errors} value={values.username} />
          <CurrentPasswordField errors={errors} label={t.password} />
          <button class="button" type="submit">
            {t.signIn}
          </button>
        </>
      )}
      {provider && (
        <a class={passwords ? 'button quiet' : 'button'} href={withQuery(paths.openIdSignIn, { next })}>
          {openId.signIn(provider)}
        </a>
      )}
      {passwords && (
        <>
          <p class="aside">
            <a href={paths.forgotPassword}>{t.forgot}</a>
          </p>
          {signUpIsOpen && (
            <p class="aside">
              {t.newHere}
              {gap}
              <a href={withQuery(paths.signUp, { next })}>{t.signUp}</a>
            </p>
          )}
        </>
      )}
    </form>
  )
}
