import type { ComponentChildren } from 'preact'
import { Welcome } from '../chat/welcome.tsx'
import { paths } from '../paths.ts'
import { NewPasswordField } from '../ui/account-fields.tsx'
import { ErrorSummary, Field, type FieldErrors, inPlace } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'

export type ForgotProps = { values: { email?: string | undefined }; errors: FieldErrors }

/** The form to request a password reset link. */
export function ForgotPasswordPage(props: ForgotProps) {
  return (
    <Welcome>
      <ForgotPasswordForm {...props} />
    </Welcome>
  )
}

export function ForgotPasswordForm({ values, errors }: ForgotProps) {
  const t = useText().recovery
  return (
    <form class="card" {...inPlace('forgot-password', paths.forgotPassword)}>
      <h1>{t.forgot}</h1>
      <p class="lead">{t.forgotLead}</p>
      <ErrorSummary errors={errors} labels={{ email: t.address }} />
      <Field
        errors={errors}
        name="email"
        label={t.address}
        input={{ type: 'email', value: values.email, autocomplete: 'email', required: true }}
      />
      <button class="button" type="submit">
        {t.send}
      </button>
      <p class="aside">{t.noAddress}</p>
      <p class="aside">
        <a href={paths.signIn}>{t.backToSignIn}</a>
      </p>
    </form>
  )
}

/** The same whether or not an account has the address. */
export function ResetSentPage() {
  const t = useText().recovery
  return (
    <Notice title={t.sent} lead={t.sentLead}>
      <p class="aside">{t.noAddress}</p>
      <p class="aside">
        <a href={paths.signIn}>{t.backToSignIn}</a>
      </p>
    </Notice>
  )
}

export type ResetProps = { token: string; username: string; errors: FieldErrors }

/** The form for the new password. Not sent by htmx, which would add the page's address with its token to the request. */
export function ResetPasswordPage({ token, username, errors }: ResetProps) {
  const { account, recovery: t } = useText()
  return (
    <Welcome>
      <form class="card" id="reset-password" method="post" action={paths.resetPassword} noValidate>
        <h1>{t.reset}</h1>
        <p class="lead">{t.resetLead}</p>
        <ErrorSummary errors={errors} labels={{ password: t.newPassword }} />
        <input type="hidden" name="token" value={token} />
        <Field
          errors={errors}
          name="username"
          label={account.username}
          input={{ value: username, autocomplete: 'username', readOnly: true }}
        />
        <NewPasswordField errors={errors} />
        <button class="button" type="submit">
          {t.change}
        </button>
      </form>
    </Welcome>
  )
}

export type VerifyProps = { token: string; email: string; username: string }

/** The form to confirm an address. Opening the link does not confirm it, since programs open links in mails, too. */
export function VerifyEmailPage({ token, email, username }: VerifyProps) {
  const t = useText().recovery
  return (
    <Welcome>
      <form class="card" id="verify-email" method="post" action={paths.verifyEmail}>
        <h1>{t.verify}</h1>
        <p class="lead">{t.verifyLead(email, username)}</p>
        <input type="hidden" name="token" value={token} />
        <button class="button" type="submit">
          {t.verifyButton}
        </button>
      </form>
    </Welcome>
  )
}

export function EmailVerifiedPage() {
  const { recovery: t, home } = useText()
  return (
    <Notice title={t.verified} lead={t.verifiedLead}>
      <a class="button" href={paths.home}>
        {home}
      </a>
    </Notice>
  )
}

/** A link that was used, has expired or is truncated; `lead` gives another reason. */
export function InvalidLinkPage({ lead, again }: { lead?: string; again: string }) {
  const { recovery: t, settings } = useText()
  return (
    <Notice title={t.invalid} lead={lead ?? t.invalidLead}>
      <a class="button" href={again}>
        {again === paths.settings ? settings : t.requestNewLink}
      </a>
    </Notice>
  )
}

type NoticeProps = { title: string; lead: string; children: ComponentChildren }

function Notice({ title, lead, children }: NoticeProps) {
  return (
    <Welcome>
      <div class="card">
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
        {children}
      </div>
    </Welcome>
  )
}
