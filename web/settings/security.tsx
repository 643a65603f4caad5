import type { SessionPageView } from '../../src/accounts/sessions/schema.ts'
import { paths, withQuery } from '../paths.ts'
import { ConfirmationFields, NewPasswordField } from '../ui/account-fields.tsx'
import { ErrorSummary, type FieldErrors, PostButton, Saved } from '../ui/form.tsx'
import { SessionItem } from '../ui/session-item.tsx'
import { useText } from '../ui/use-text.ts'
import { SettingsFrame } from './frame.tsx'

export type SecurityProps = {
  username: string
  sessions: SessionPageView
  done: 'password' | 'sessions' | null
  needsCode: boolean
  errors: FieldErrors
  /** Whether passwords sign in. */
  passwords: boolean
  /** The name of the OpenID Connect provider; null without one. */
  provider: string | null
}

export function SecurityPage(props: SecurityProps) {
  return (
    <SettingsFrame section="security">
      {props.passwords && <PasswordForm {...props} />}
      {props.provider && <OpenIdLink provider={props.provider} />}
      <Sessions {...props} />
    </SettingsFrame>
  )
}

/** Reloads the page: the list of sessions changes, too. */
function PasswordForm({ username, done, needsCode, errors }: SecurityProps) {
  const { security: t, recovery, account, twoFactor } = useText()
  const labels = {
    password: account.currentPassword,
    code: twoFactor.code,
    newPassword: recovery.newPassword,
  }
  return (
    <form class="card" method="post" action={paths.changePassword} noValidate>
      <h2>{t.password}</h2>
      {done === 'password' && <Saved>{t.changed}</Saved>}
      <ErrorSummary errors={errors} labels={labels} />
      {/* For password managers, which keep passwords by name. */}
      <input type="text" name="username" value={username} autocomplete="username" hidden />
      <ConfirmationFields errors={errors} needsCode={needsCode} />
      <NewPasswordField errors={errors} name="newPassword" />
      <p class="hint">{t.passwordHint}</p>
      <button class="button" type="submit">
        {t.change}
      </button>
    </form>
  )
}

function OpenIdLink({ provider }: { provider: string }) {
  const { openId: t } = useText()
  return (
    <section class="card">
      <h2>{t.title(provider)}</h2>
      <p>{t.manage(provider)}</p>
      <a class="button quiet" href={paths.openIdSettings}>
        {t.change}
      </a>
    </section>
  )
}

function Sessions({ sessions: { results, next }, done }: SecurityProps) {
  const { security: t } = useText()
  const hasOthers = results.some(({ current }) => !current) || next !== null
  return (
    <section class="card">
      <h2>{t.sessions}</h2>
      {done === 'sessions' && <Saved>{t.signedOut}</Saved>}
      <ul class="plain">
        {results.map((session) => (
          <SessionItem key={session.id} session={session} end={paths.endSession(session.id)} />
        ))}
      </ul>
      {next && <a href={withQuery(paths.security, { cursor: next })}>{t.more}</a>}
      {hasOthers && (
        <>
          <p class="hint">{t.signOutHint}</p>
          <PostButton action={paths.endSessions}>{t.signOutOthers}</PostButton>
        </>
      )}
    </section>
  )
}
