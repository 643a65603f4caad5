import { paths } from '../paths.ts'
import { ConfirmationFields } from '../ui/account-fields.tsx'
import { ErrorSummary, type FieldErrors } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { SettingsFrame } from './frame.tsx'

/** Exporting the data and deleting the account. */
export function DataPage({ errors, needsCode }: { errors: FieldErrors; needsCode: boolean }) {
  const { data: t, account, twoFactor } = useText()
  return (
    <SettingsFrame section="data">
      <section class="card">
        <h2>{t.download}</h2>
        <p class="hint">{t.downloadHint}</p>
        <p class="buttons">
          <a class="button quiet" href={paths.exportHtml} download>
            {t.html}
          </a>
          <a class="button quiet" href={paths.exportJson} download>
            {t.json}
          </a>
        </p>
      </section>
      <form class="card" method="post" action={paths.deleteAccount} noValidate>
        <h2>{t.deleteAccount}</h2>
        {t.deleteHint.map((line) => (
          <p key={line} class="hint">
            {line}
          </p>
        ))}
        <ErrorSummary errors={errors} labels={{ password: account.currentPassword, code: twoFactor.code }} />
        <ConfirmationFields errors={errors} needsCode={needsCode} />
        <button class="button danger" type="submit">
          {t.deleteButton}
        </button>
      </form>
    </SettingsFrame>
  )
}
