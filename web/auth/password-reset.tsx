import type { ComponentChildren } from 'preact'
import type { Viewer } from '../../src/accounts/schema.ts'
import { Welcome } from '../chat/welcome.tsx'
import { paths } from '../paths.ts'
import { text } from '../text/text.ts'
import { ErrorSummary, Field, type FieldErrors, inPlace } from '../ui/form.tsx'

export type ForgotProps = { viewer: Viewer; values: { email?: string | undefined }; errors: FieldErrors }

/** The form to request a password reset link. */
export function ForgotPasswordPage(props: ForgotProps) {
  return (
    <Welcome viewer={props.viewer}>
      <ForgotPasswordForm {...props} />
    </Welcome>
  )
}

export function ForgotPasswordForm({ viewer, values, errors }: ForgotProps) {
  const { language } = viewer
  const t = text(language).recovery
  const common = { errors, language }
  return (
    <form class="card" {...inPlace('forgot-password', paths.forgotPassword)}>
      <h1>{t.forgot}</h1>
      <p class="lead">{t.forgotLead}</p>
      <ErrorSummary {...common} labels={{ email: t.address }} />
      <Field
        {...common}
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
export function ResetSentPage({ viewer }: { viewer: Viewer }) {
  const t = text(viewer.language).recovery
  return (
    <Notice viewer={viewer} title={t.sent} lead={t.sentLead}>
      <p class="aside">{t.noAddress}</p>
      <p class="aside">
        <a href={paths.signIn}>{t.backToSignIn}</a>
      </p>
    </Notice>
  )
}

export type ResetProps = { viewer: Viewer; token: string; username: string; errors: FieldErrors }

/** The form for the new password. Not sent by htmx, which would add the page's address with its token to the request. */
export function ResetPasswordPage({ viewer, token, username, errors }: ResetProps) {
  const { language } = viewer
  const { account, recovery: t } = text(language)
  const common = { errors, language }
  return (
    <Welcome viewer={viewer}>
      <form class="card" id="reset-password" method="post" action={paths.resetPassword} noValidate>
        <h1>{t.reset}</h1>
        <p class="lead">{t.resetLead}</p>
        <ErrorSummary {...common} labels={{ password: t.newPassword }} />
        <input type="hidden" name="token" value={token} />
        <Field
          {...common}
          name="username"
          label={account.username}
          input={{ value: username, autocomplete: 'username', readOnly: true }}
        />
        <Field
          {...common}
          name="password"
          label={t.newPassword}
          hint={account.passwordHint}
          input={{ type: 'password', autocomplete: 'new-password', required: true }}
        />
        <button class="button" type="submit">
          {t.change}
        </button>
      </form>
    </Welcome>
  )
}

export type VerifyProps = { viewer: Viewer; token: string; email: string; username: string }

/** The form to confirm an address. Opening the link does not confirm it, since programs open links in mails, too. */
export function VerifyEmailPage({ viewer, token, email, username }: VerifyProps) {
  const t = text(viewer.language).recovery
  return (
    <Welcome viewer={viewer}>
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

export function EmailVerifiedPage({ viewer }: { viewer: Viewer }) {
  const { recovery: t, home } = text(viewer.language)
  return (
    <Notice viewer={viewer} title={t.verified} lead={t.verifiedLead}>
      <a class="button" href={paths.home}>
        {home}
      </a>
    </Notice>
  )
}

/** A link that was used, has expired or is truncated; `lead` gives another reason. */
export function InvalidLinkPage({ viewer, lead, again }: { viewer: Viewer; lead?: string; again: string }) {
  const { recovery: t, settings } = text(viewer.language)
  return (
    <Notice viewer={viewer} title={t.invalid} lead={lead ?? t.invalidLead}>
      <a class="button" href={again}>
        {again === paths.settings ? settings : t.requestNewLink}
      </a>
    </Notice>
  )
}

type NoticeProps = { viewer: Viewer; title: string; lead: string; children: ComponentChildren }

function Notice({ viewer, title, lead, children }: NoticeProps) {
  return (
    <Welcome viewer={viewer}>
      <div class="card">
        <h1>{title}</h1>
        <p class="lead">{lead}</p>
        {children}
      </div>
    </Welcome>
  )
}
