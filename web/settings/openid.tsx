import { paths } from '../paths.ts'
import { ConfirmationFields } from '../ui/account-fields.tsx'
import { ErrorSummary, type FieldErrors, Saved } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'
import { SettingsFrame } from './frame.tsx'

export type OpenIdSettingsProps = {
  /** The name of the provider. */
  provider: string
  isLinked: boolean
  done?: 'linked' | 'unlinked' | undefined
  errors: FieldErrors
  /** Whether a code confirms changes, too. */
  needsCode: boolean
}

/** Links an account of the OpenID Connect provider, or removes the link. */
export function OpenIdSettingsPage({ provider, isLinked, done, errors, needsCode }: OpenIdSettingsProps) {
  const { openId: t, account, twoFactor } = useText()
  return (
    <SettingsFrame section="security">
      <form
        class="card"
        method="post"
        action={isLinked ? paths.unlinkOpenId : paths.openIdSettings}
        noValidate
      >
        <h2>{t.title(provider)}</h2>
        {done && <Saved>{done === 'linked' ? t.linked(provider) : t.unlinked(provider)}</Saved>}
        <ErrorSummary errors={errors} labels={{ password: account.currentPassword, code: twoFactor.code }} />
        <p>{isLinked ? t.isLinked(provider) : t.linkLead(provider)}</p>
        <ConfirmationFields errors={errors} needsCode={needsCode} />
        <button class={isLinked ? 'button danger' : 'button'} type="submit">
          {isLinked ? t.unlink(provider) : t.link(provider)}
        </button>
      </form>
      <p>
        <a href={paths.security}>{t.back}</a>
      </p>
    </SettingsFrame>
  )
}
