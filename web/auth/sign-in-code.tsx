import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { ErrorSummary, Field, type FieldErrors, inPlace } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'

export type CodeProps = {
  /** Signed proof that the password was correct. */
  proof: string
  errors: FieldErrors
  /** Where to redirect then; a path of this site. */
  next: string | null
}

export function CodePage(props: CodeProps) {
  return (
    <Welcome>
      <CodeForm {...props} />
    </Welcome>
  )
}

/** The second step; htmx replaces the first with it. */
export function CodeForm({ proof, errors, next }: CodeProps) {
  const { account, twoFactor: t } = useText()
  return (
    <form class="card" {...inPlace('sign-in', paths.codeSignIn)}>
      <h1>{account.signIn}</h1>
      <p class="lead">{t.lead}</p>
      <ErrorSummary errors={errors} labels={{ code: t.code }} />
      <input type="hidden" name="proof" value={proof} />
      {next && <input type="hidden" name="next" value={next} />}
      <Field
        errors={errors}
        name="code"
        label={t.code}
        input={{
          autocomplete: 'one-time-code',
          inputMode: 'numeric',
          autofocus: Object.keys(errors).length === 0,
        }}
      />
      <details>
        <summary>{t.useRecoveryCode}</summary>
        <Field
          errors={{}}
          name="recoveryCode"
          label={t.recoveryCode}
          input={{ autocomplete: 'off', autocapitalize: 'characters', spellcheck: false }}
        />
      </details>
      <button class="button" type="submit">
        {account.signIn}
      </button>
      <p class="aside">
        <a href={withQuery(paths.signIn, { next })}>{t.startOver}</a>
      </p>
    </form>
  )
}
