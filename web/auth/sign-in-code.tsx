import type { Viewer } from '../../src/accounts/schema.ts'
import { Welcome } from '../chat/welcome.tsx'
import { paths, withQuery } from '../paths.ts'
import { text } from '../text/text.ts'
import { ErrorSummary, Field, type FieldErrors, inPlace } from '../ui/form.tsx'

export type CodeProps = {
  viewer: Viewer
  /** Signed proof that the password was correct. */
  proof: string
  errors: FieldErrors
  /** Where to redirect then; a path of this site. */
  next: string | null
}

export function CodePage(props: CodeProps) {
  return (
    <Welcome viewer={props.viewer}>
      <CodeForm {...props} />
    </Welcome>
  )
}

/** The second step; htmx replaces the first with it. */
export function CodeForm({ viewer: { language }, proof, errors, next }: CodeProps) {
  const { account, twoFactor: t } = text(language)
  const common = { errors, language }
  return (
    <form class="card" {...inPlace('sign-in', paths.codeSignIn)}>
      <h1>{account.signIn}</h1>
      <p class="lead">{t.lead}</p>
      <ErrorSummary {...common} labels={{ code: t.code }} />
      <input type="hidden" name="proof" value={proof} />
      {next && <input type="hidden" name="next" value={next} />}
      <Field
        {...common}
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
          language={language}
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
