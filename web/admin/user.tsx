import type { AdminSessionPageView, AdminUserView } from '../../src/admin/schema.ts'
import { withQuery } from '../paths.ts'
import {
  AdminConfirmationFields,
  DisplayNameField,
  EmailField,
  NewPasswordField,
  UsernameField,
} from '../ui/account-fields.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { ConfirmButton } from '../ui/confirm.tsx'
import { Choice, ErrorSummary, type FieldErrors, Saved } from '../ui/form.tsx'
import { Secret } from '../ui/secret.tsx'
import { SessionItem } from '../ui/session-item.tsx'
import { fullTime } from '../ui/time.ts'
import { TokenItem } from '../ui/token-item.tsx'
import { useText } from '../ui/use-text.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import { AdminFrame, type AdminView, Pages, UserLink } from './frame.tsx'
import { adminPaths } from './paths.ts'

/** Rejected values that stay in the fields. */
type Typed = {
  username?: string | undefined
  displayName?: string | undefined
  email?: string | undefined
  role?: 'user' | 'admin' | undefined
}

export type NewUserProps = { typed: Typed; errors: FieldErrors; needsCode: boolean; view: AdminView }

export function NewUserPage({ typed, errors, needsCode, view }: NewUserProps) {
  const { admin, account, twoFactor } = useText()
  const t = admin.user
  return (
    <AdminFrame view={view} section="users" inner>
      <form class="card" method="post" action={adminPaths.newUser} noValidate>
        <h2>{admin.users.add}</h2>
        <ErrorSummary
          errors={errors}
          labels={{
            username: account.username,
            password: t.password,
            displayName: account.displayName,
            email: account.email,
            yourPassword: t.yourPassword,
            yourCode: twoFactor.code,
          }}
        />
        <UsernameField errors={errors} value={typed.username} hint={account.usernameHint} />
        <NewPasswordField errors={errors} label={t.password} hint={t.passwordHint} />
        <PersonFields errors={errors} typed={typed} />
        <AdminConfirmationFields errors={errors} needsCode={needsCode} hint={t.yourPasswordToAdd} />
        <button class="button" type="submit">
          {t.create}
        </button>
      </form>
    </AdminFrame>
  )
}

function PersonFields({ typed, errors }: { typed: Typed; errors: FieldErrors }) {
  const { users, user } = useText().admin
  return (
    <>
      <DisplayNameField errors={errors} value={typed.displayName} optional ofOther />
      <EmailField errors={errors} value={typed.email} hint={user.emailHint} ofOther />
      <Choice errors={errors} name="role" label={users.role}>
        {(['user', 'admin'] as const).map((role) => (
          <option key={role} value={role} selected={role === typed.role}>
            {users.roles[role]}
          </option>
        ))}
      </Choice>
    </>
  )
}

/** Actions that the page of a user confirms. */
export const DONE = ['added', 'saved', 'status', 'ended', 'two-factor-off'] as const

export type UserProps = {
  user: AdminUserView
  sessions: AdminSessionPageView
  cursor: string | undefined
  /** The user is the viewing administrator. */
  isSelf: boolean
  needsCode: boolean
  typed: Typed
  /** The errors of the form `failedForm`. */
  errors: FieldErrors
  failedForm: 'account' | 'resetLink' | 'twoFactor' | null
  done: (typeof DONE)[number] | null
  /** A new password reset link, shown only once. */
  link: string | null
  view: AdminView
}

export function UserPage(props: UserProps) {
  const { user, view } = props
  const viewer = useViewer()
  const { admin } = useText()
  const t = admin.user
  const { colon } = usePunctuation()
  const since = admin.users.createdAt + colon + fullTime(user.createdAt, viewer)
  return (
    <AdminFrame view={view} section="users" inner>
      <div class="card whoami">
        <Avatar person={user} size="large" />
        <div>
          <bdi class="row-name">{user.displayName}</bdi>
          <p class="hint">@{user.username}</p>
          <p class="hint">{since}</p>
          {user.invitedBy && (
            <p class="hint">
              {t.invitedBy + colon}
              <UserLink username={user.invitedBy} view={view} />
            </p>
          )}
        </div>
      </div>
      {user.deletedAt ? (
        <p class="card">{t.deletedHint}</p>
      ) : (
        <>
          <UserForm {...props} />
          <Status {...props} />
          <Sessions {...props} />
          {view.passwords && <ResetLink {...props} />}
          <TwoFactorStatus {...props} />
        </>
      )}
      <p>
        <a href={withQuery(adminPaths.audit, { user: user.username })}>{t.history}</a>
      </p>
    </AdminFrame>
  )
}

/** The errors of one of the forms. */
const errorsOf = ({ errors, failedForm }: UserProps, form: UserProps['failedForm']) =>
  failedForm === form ? errors : {}

function UserForm(props: UserProps) {
  const { user, typed, isSelf, needsCode, done } = props
  const { admin, account, twoFactor } = useText()
  const t = admin.user
  const errors = errorsOf(props, 'account')
  const labels = {
    displayName: account.displayName,
    email: account.email,
    role: admin.users.role,
    yourPassword: t.yourPassword,
    yourCode: twoFactor.code,
  }
  const values = {
    displayName: typed.displayName ?? user.displayName,
    email: typed.email ?? user.email ?? '',
    role: typed.role ?? user.role,
  }
  return (
    <form class="card" method="post" action={adminPaths.user(user.username)} noValidate>
      <h2>{t.account}</h2>
      {(done === 'added' || done === 'saved') && <Saved>{t[done]}</Saved>}
      <ErrorSummary errors={errors} labels={labels} />
      <PersonFields errors={errors} typed={values} />
      {isSelf && <p class="hint">{t.selfHint}</p>}
      <AdminConfirmationFields errors={errors} needsCode={needsCode} hint={t.yourPasswordToChange} />
      <button class="button" type="submit">
        {admin.save}
      </button>
    </form>
  )
}

/** Disables the account of another user, or enables it. */
function Status({ user, isSelf, done }: UserProps) {
  const { users, user: t } = useText().admin
  if (isSelf) return null
  return (
    <form id="status" class="card" method="post" action={adminPaths.user(user.username)}>
      <h2>{users.state}</h2>
      {done === 'status' && <Saved>{t.saved}</Saved>}
      <p>{user.disabledAt ? t.disabled : t.active}</p>
      {user.disabledAt ? (
        <button class="button quiet" type="submit" name="disabled" value="off">
          {users.actions.enable}
        </button>
      ) : (
        <ConfirmButton
          id="confirm-disable"
          consequence={t.disableConsequence}
          submit={{ name: 'disabled', value: 'on' }}
        >
          {users.actions.disable}
        </ConfirmButton>
      )}
    </form>
  )
}

function Sessions({ user, sessions, cursor, done }: UserProps) {
  const { admin, security } = useText()
  const t = admin.user
  return (
    <section class="card">
      <h2>{t.sessions}</h2>
      {done === 'ended' && <Saved>{t.sessionEnded}</Saved>}
      {sessions.results.length === 0 && <p>{t.noSessions}</p>}
      <ul class="plain">
        {sessions.results.map((session) => {
          const end = adminPaths.endSession(user.username, session.id)
          const { id, name } = session
          return name === null ? (
            <SessionItem key={id} session={session} end={end} />
          ) : (
            <TokenItem key={id} token={{ ...session, name }} label={t.token(name)} revoke={end} />
          )
        })}
      </ul>
      <Pages
        path={adminPaths.user(user.username)}
        query={{ cursor }}
        next={sessions.next}
        label={security.more}
      />
      {sessions.results.length > 0 && (
        <form method="post" action={adminPaths.endSessions(user.username)}>
          <ConfirmButton id="end-sessions" consequence={t.endAllConsequence}>
            {t.endAllSessions}
          </ConfirmButton>
        </form>
      )}
    </section>
  )
}

/** Creates a password reset link for the user. */
function ResetLink(props: UserProps) {
  const { user, link, needsCode } = props
  const { admin, twoFactor } = useText()
  const t = admin.user
  const labels = { yourPassword: t.yourPassword, yourCode: twoFactor.code }
  const shared = { errors: errorsOf(props, 'resetLink'), scope: 'reset-link' }
  if (user.disabledAt) return null
  return (
    <section class="card" id="reset-link">
      <h2>{t.resetLink}</h2>
      {link ? (
        <>
          <Saved>{t.linkCreated}</Saved>
          <Secret label={t.resetLink} value={link} />
        </>
      ) : (
        <form class="stack" method="post" action={adminPaths.resetLink(user.username)} noValidate>
          <ErrorSummary {...shared} labels={labels} />
          <p class="hint">{t.resetHint}</p>
          <AdminConfirmationFields {...shared} needsCode={needsCode} />
          <button class="button quiet" type="submit">
            {t.createLink}
          </button>
        </form>
      )}
    </section>
  )
}

function TwoFactorStatus(props: UserProps) {
  const { user, isSelf, needsCode, done } = props
  const { admin, twoFactor: t } = useText()
  const labels = { yourPassword: admin.user.yourPassword, yourCode: t.code }
  const shared = { errors: errorsOf(props, 'twoFactor'), scope: 'two-factor' }
  const { gap } = usePunctuation()
  // Administrators change their own in the settings, which require the password.
  const canEnd = user.twoFactor && !isSelf
  if (!canEnd && done !== 'two-factor-off') return null
  return (
    <section class="card">
      <h2>{t.title}</h2>
      {canEnd ? (
        <form class="stack" method="post" action={adminPaths.endTwoFactor(user.username)} noValidate>
          <ErrorSummary {...shared} labels={labels} />
          <p class="hint">
            {admin.user.twoFactorHint}
            {user.email && gap + admin.user.twoFactorNotice}
          </p>
          <AdminConfirmationFields {...shared} needsCode={needsCode} />
          <ConfirmButton id="end-two-factor" consequence={admin.user.twoFactorConsequence}>
            {t.turnOff}
          </ConfirmButton>
        </form>
      ) : (
        <Saved>{t.turnedOff}</Saved>
      )}
    </section>
  )
}
