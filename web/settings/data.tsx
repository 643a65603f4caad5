import type { Viewer } from '../../src/accounts/schema.ts'
import { paths } from '../paths.ts'
import { text } from '../text/text.ts'
import { CurrentPasswordField, ErrorSummary, type FieldErrors } from '../ui/form.tsx'
import { SettingsFrame } from './frame.tsx'

type Props = { errors: FieldErrors; viewer: Viewer }

/** Exporting the data and deleting the account. */
export function DataPage({ errors, viewer }: Props) {
  const { language } = viewer
  const { data: t, account } = text(language)
  const common = { errors, language }
  return (
    <SettingsFrame section="data" viewer={viewer}>
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
        <ErrorSummary {...common} labels={{ password: account.currentPassword }} />
        <CurrentPasswordField {...common} />
        <button class="button danger" type="submit">
          {t.deleteButton}
        </button>
      </form>
    </SettingsFrame>
  )
}
