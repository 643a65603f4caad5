import type { SessionPageView, Viewer } from '../../src/accounts/schema.ts'
import { paths, withQuery } from '../paths.ts'
import { text } from '../text/text.ts'
import { CurrentPasswordField, ErrorSummary, Field, type FieldErrors } from '../ui/form.tsx'
import { SessionItem } from '../ui/session-item.tsx'
import { Saved, SettingsFrame } from './frame.tsx'

export type SecurityProps = {
  username: string
  sessions: SessionPageView
  done: 'password' | 'sessions' | null
  errors: FieldErrors
  viewer: Viewer
}

export function SecurityPage(props: SecurityProps) {
  return (
    <SettingsFrame section="security" viewer={props.viewer}>
      <PasswordForm {...props} />
      <Sessions {...props} />
    </SettingsFrame>
  )
}

/** Reloads the page: the list of sessions changes, too. */
function PasswordForm({ username, done, errors, viewer: { language } }: SecurityProps) {
  const { security: t, recovery, account } = text(language)
  const common = { errors, language }
  return (
    <form class="card" method="post" action={paths.changePassword} noValidate>
      <h2>{t.password}</h2>
      {done === 'password' && <Saved>{t.changed}</Saved>}
      <ErrorSummary
        {...common}
        labels={{ password: account.currentPassword, newPassword: recovery.newPassword }}
      />
      {/* For password managers, which keep passwords by name. */}
      <input type="text" name="username" value={username} autocomplete="username" hidden />
      <CurrentPasswordField {...common} />
      <Field
        {...common}
        name="newPassword"
        label={recovery.newPassword}
        hint={account.passwordHint}
        input={{ type: 'password', autocomplete: 'new-password', required: true }}
      />
      <p class="hint">{t.passwordHint}</p>
      <button class="button" type="submit">
        {t.change}
      </button>
    </form>
  )
}

function Sessions({ sessions: { results, next }, done, viewer }: SecurityProps) {
  const { security: t } = text(viewer.language)
  return (
    <section class="card">
      <h2>{t.sessions}</h2>
      {done === 'sessions' && <Saved>{t.signedOut}</Saved>}
      <ul class="plain">
        {results.map((session) => (
          <SessionItem
            key={session.id}
            session={session}
            end={paths.endSession(session.id)}
            viewer={viewer}
          />
        ))}
      </ul>
      {next && <a href={withQuery(paths.security, { cursor: next })}>{t.more}</a>}
      <form method="post" action={paths.endSessions}>
        <button class="button quiet" type="submit">
          {t.signOutOthers}
        </button>
      </form>
    </section>
  )
}
