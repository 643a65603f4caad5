import type { Reader } from '../src/accounts/schema.ts'
import { ErrorSummary, Field, type FieldErrors } from './form.tsx'
import { paths } from './paths.ts'
import { SettingsFrame } from './settings-frame.tsx'
import { text } from './text.ts'

type Props = { errors: FieldErrors; reader: Reader }

/** Taking one's data, and leaving. */
export function DataPage({ errors, reader }: Props) {
  const { language } = reader
  const { data: t, preferences } = text(language)
  const common = { errors, language }
  return (
    <SettingsFrame section="data" reader={reader}>
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
        <ErrorSummary {...common} labels={{ password: preferences.currentPassword }} />
        <Field
          {...common}
          name="password"
          label={preferences.currentPassword}
          input={{ type: 'password', autocomplete: 'current-password', required: true }}
        />
        <button class="button danger" type="submit">
          {t.deleteButton}
        </button>
      </form>
    </SettingsFrame>
  )
}
