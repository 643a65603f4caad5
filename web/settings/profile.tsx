import type { Language, Theme } from '../../src/accounts/profile/schema.ts'
import type { AccountView, PersonView } from '../../src/accounts/users/schema.ts'
import { paths } from '../paths.ts'
import { ConfirmationFields, DisplayNameField, EmailField } from '../ui/account-fields.tsx'
import { Avatar } from '../ui/avatar.tsx'
import { Choice, ErrorSummary, Field, type FieldErrors, inPlace, PostButton, Saved } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { SettingsFrame } from './frame.tsx'

export type SettingsProps = {
  account: AccountView & PersonView
  /** The chosen values; null is "automatic". */
  preferences: { language: Language | null; theme: Theme | null; zone: string | null }
  /** The time zones to choose from. */
  zones: readonly string[]
  /** The address that is not confirmed yet. */
  pendingEmail: string | null
  needsCode: boolean
  /** Administrators may read messages without a report. */
  adminReadsMessages: boolean
  /** The outcome of the submitted form. */
  outcome: { form: 'settings' | 'avatar' | 'email'; saved: boolean; errors: FieldErrors }
}

/** The outcome of one of the forms. */
const outcomeOf = ({ outcome }: SettingsProps, form: SettingsProps['outcome']['form']) =>
  outcome.form === form ? outcome : { saved: false, errors: {} }

export function SettingsPage(props: SettingsProps) {
  const { account } = props
  const t = useText()
  return (
    <SettingsFrame section="profile">
      <div class="card whoami">
        <Avatar person={account} size="large" />
        <div>
          <bdi class="row-name">{account.displayName}</bdi>
          <p class="hint">@{account.username}</p>
        </div>
      </div>
      {props.adminReadsMessages && (
        <section class="card">
          <h2>{t.admin.noticeTitle}</h2>
          <p>{t.admin.notice}</p>
        </section>
      )}
      <AvatarForm {...props} />
      <SettingsForm {...props} />
      <EmailForm {...props} />
      <form class="card" method="post" action={paths.signOut}>
        <h2>{t.preferences.thisBrowser}</h2>
        <p class="hint">{t.preferences.thisBrowserHint}</p>
        <button class="button quiet" type="submit">
          {t.signOut}
        </button>
      </form>
    </SettingsFrame>
  )
}

/** Reloads the page: the avatar is elsewhere on it, too. */
function AvatarForm(props: SettingsProps) {
  const { account } = props
  const { errors, saved } = outcomeOf(props, 'avatar')
  const { avatar: t } = useText()
  return (
    <section class="card" id="avatar">
      <h2>{t.title}</h2>
      {saved && <Saved>{account.avatar ? t.saved : t.removed}</Saved>}
      <form
        class="stack"
        method="post"
        action={paths.avatarSettings}
        encType="multipart/form-data"
        noValidate
      >
        <ErrorSummary errors={errors} labels={{ image: t.choose }} />
        <Field
          errors={errors}
          name="image"
          label={t.choose}
          hint={t.hint}
          input={{ type: 'file', accept: 'image/png,image/jpeg,image/webp,image/gif', required: true }}
        />
        <button class="button" type="submit">
          {t.save}
        </button>
      </form>
      {account.avatar && <PostButton action={paths.removeAvatar}>{t.remove}</PostButton>}
    </section>
  )
}

/** Only the form. After saving, the whole page is reloaded: its language and theme may have changed. */
export function SettingsForm(props: SettingsProps) {
  const { account, preferences, zones } = props
  const { errors, saved } = outcomeOf(props, 'settings')
  const { account: a, preferences: t } = useText()
  const labels = {
    displayName: a.displayName,
    language: t.language,
    theme: t.theme,
    zone: t.timeZone,
  }
  return (
    <form class="card" {...inPlace('settings', paths.settings)}>
      {saved && <Saved>{t.saved}</Saved>}
      <ErrorSummary errors={errors} labels={labels} />
      <h2>{t.profile}</h2>
      <DisplayNameField errors={errors} value={account.displayName} />
      <h2>{t.appearance}</h2>
      <Choice errors={errors} name="language" label={t.language}>
        <Options
          chosen={preferences.language}
          options={[
            ['', t.languageAuto],
            ['en', 'English'],
            ['zh', '简体中文'],
          ]}
        />
      </Choice>
      <Choice errors={errors} name="theme" label={t.theme}>
        <Options
          chosen={preferences.theme}
          options={[
            ['', t.themeAuto],
            ['light', t.themeLight],
            ['dark', t.themeDark],
          ]}
        />
      </Choice>
      <Choice errors={errors} name="zone" label={t.timeZone}>
        <Options
          chosen={preferences.zone}
          options={[['', t.timeZoneAuto], ...zoneOptions(zones, preferences.zone)]}
        />
      </Choice>
      <button class="button" type="submit">
        {t.save}
      </button>
    </form>
  )
}

/** The email address for password resets. */
export function EmailForm(props: SettingsProps) {
  const { account, pendingEmail, needsCode } = props
  const { errors, saved } = outcomeOf(props, 'email')
  const { account: a, preferences: t, twoFactor } = useText()
  const labels = { email: a.email, password: a.currentPassword, code: twoFactor.code }
  return (
    <form class="card" {...inPlace('email', paths.emailSettings)}>
      <h2>{t.email}</h2>
      {pendingEmail ? <Saved>{t.emailPending(pendingEmail)}</Saved> : saved && <Saved>{t.saved}</Saved>}
      <ErrorSummary errors={errors} labels={labels} />
      <EmailField errors={errors} value={account.email ?? ''} hint={t.emailHint} />
      <ConfirmationFields errors={errors} needsCode={needsCode} />
      <button class="button" type="submit">
        {t.emailSave}
      </button>
    </form>
  )
}

/** The zones to choose from, and the chosen one if it is none of them. */
const zoneOptions = (zones: readonly string[], chosen: string | null) =>
  [...new Set(chosen ? [...zones, chosen] : zones)].map((zone): [string, string] => [
    zone,
    zone.replaceAll('_', ' '),
  ])

function Options({ chosen, options }: { chosen: string | null; options: [value: string, label: string][] }) {
  return (
    <>
      {options.map(([value, label]) => (
        <option key={value} value={value} selected={value === (chosen ?? '')}>
          {label}
        </option>
      ))}
    </>
  )
}
