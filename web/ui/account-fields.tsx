import { paths, withQuery } from '../paths.ts'
import { Field, type FieldErrors } from './form.tsx'
import { useText } from './use-text.ts'
import { useViewer } from './viewer.ts'

/** The fields of an account, with the attributes that password managers need. */

type TextProps = { errors: FieldErrors; value: string | undefined; hint?: string }

export function UsernameField({ value, ...field }: TextProps) {
  const { account: t } = useText()
  return (
    <Field
      {...field}
      name="username"
      label={t.username}
      input={{ value, autocomplete: 'username', autocapitalize: 'none', spellcheck: false, required: true }}
    />
  )
}

type OwnerProps = {
  optional?: boolean
  /** The account is another person's: the browser must not fill in the user's own. */
  ofOther?: boolean
}

export function DisplayNameField({ value, ofOther, ...field }: TextProps & OwnerProps) {
  const { account: t } = useText()
  return (
    <Field
      hint={t.displayNameHint}
      {...field}
      name="displayName"
      label={t.displayName}
      input={{ value, autocomplete: ofOther ? 'off' : 'name' }}
    />
  )
}

/** The address for password resets, which is optional. */
export function EmailField({ value, ofOther, ...field }: TextProps & OwnerProps) {
  const { account: t } = useText()
  return (
    <Field
      hint={t.emailHint}
      optional
      {...field}
      name="email"
      label={t.email}
      input={{ type: 'email', value, autocomplete: ofOther ? 'off' : 'email' }}
    />
  )
}

type PasswordProps = { errors: FieldErrors; name?: string; label?: string; hint?: string; scope?: string }

/** The current password, which signs in or confirms a change of the account. Without one, a recent sign-in confirms it. */
export function CurrentPasswordField(field: PasswordProps) {
  const { account: t, openId } = useText()
  if (useViewer().confirmsBySignIn) {
    return (
      <p class="hint">
        {openId.confirm} <a href={withQuery(paths.openIdSignIn, { next: paths.settings })}>{openId.again}</a>
      </p>
    )
  }
  return (
    <Field
      name="password"
      label={t.currentPassword}
      {...field}
      input={{ type: 'password', autocomplete: 'current-password', required: true }}
    />
  )
}

type ConfirmationProps = {
  errors: FieldErrors
  /** Two-factor authentication is on. */
  needsCode: boolean
}

/** The current password and, with two-factor authentication, a code: they confirm a change of the account. */
export function ConfirmationFields({ errors, needsCode }: ConfirmationProps) {
  return (
    <>
      <CurrentPasswordField errors={errors} />
      {needsCode && <CodeField errors={errors} name="code" />}
    </>
  )
}

type AdminConfirmationProps = ConfirmationProps & { scope?: string; hint?: string }

/** The administrator's own password and code, in a form about another account. */
export function AdminConfirmationFields({ needsCode, hint, ...field }: AdminConfirmationProps) {
  const t = useText().admin.user
  return (
    <>
      <CurrentPasswordField
        {...field}
        name="yourPassword"
        label={t.yourPassword}
        hint={hint ?? t.yourPasswordHint}
      />
      {needsCode && <CodeField {...field} name="yourCode" />}
    </>
  )
}

function CodeField(field: { errors: FieldErrors; name: string; scope?: string }) {
  const { twoFactor: t } = useText()
  return (
    <Field
      {...field}
      label={t.code}
      hint={t.confirmHint}
      input={{ autocomplete: 'one-time-code', autocapitalize: 'none', spellcheck: false, required: true }}
    />
  )
}

/** A password to set. */
export function NewPasswordField(field: PasswordProps) {
  const { account, recovery } = useText()
  return (
    <Field
      name="password"
      label={recovery.newPassword}
      hint={account.passwordHint}
      {...field}
      input={{ type: 'password', autocomplete: 'new-password', required: true }}
    />
  )
}
