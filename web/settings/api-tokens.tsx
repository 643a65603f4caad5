import type { ApiTokenView } from '../../src/accounts/api-tokens/schema.ts'
import { paths } from '../paths.ts'
import { ConfirmationFields } from '../ui/account-fields.tsx'
import { Choice, ErrorSummary, Field, type FieldErrors, Saved } from '../ui/form.tsx'
import { Secret } from '../ui/secret.tsx'
import { TokenItem } from '../ui/token-item.tsx'
import { useText } from '../ui/use-text.ts'
import { usePunctuation } from '../ui/viewer.ts'
import { SettingsFrame } from './frame.tsx'

/** The lifetimes to choose from, in days. */
const DAYS = [7, 30, 90, 365]

export type TokensProps = {
  tokens: readonly ApiTokenView[]
  /** A new token with its secret, shown only once. */
  created: (ApiTokenView & { token: string }) | null
  revoked: boolean
  typed: { name: string; days: number }
  needsCode: boolean
  errors: FieldErrors
}

export function TokensPage(props: TokensProps) {
  const { tokens, created } = props
  const { tokens: t } = useText()
  return (
    <SettingsFrame section="tokens">
      {created && (
        <section class="card">
          <Saved>{t.created(created.name)}</Saved>
          <Secret label={created.name} value={created.token} />
        </section>
      )}
      <TokenForm {...props} />
      <section class="card">
        <h2>{t.list}</h2>
        {props.revoked && <Saved>{t.revoked}</Saved>}
        {tokens.length === 0 && <p>{t.none}</p>}
        <ul class="plain">
          {tokens.map((token) => (
            <TokenItem key={token.id} token={token} revoke={paths.revokeToken(token.id)} />
          ))}
        </ul>
      </section>
    </SettingsFrame>
  )
}

function TokenForm({ typed, needsCode, errors }: TokensProps) {
  const { gap } = usePunctuation()
  const { tokens: t, account, twoFactor } = useText()
  const labels = { name: t.name, days: t.expiry, password: account.currentPassword, code: twoFactor.code }
  return (
    <form class="card" method="post" action={paths.tokens} noValidate>
      <h2>{t.title}</h2>
      <p class="hint">
        {t.hint}
        {gap}
        <a href={paths.docs}>{t.apiDocs}</a>
      </p>
      <ErrorSummary errors={errors} labels={labels} />
      <Field errors={errors} name="name" label={t.name} input={{ value: typed.name, autocomplete: 'off' }} />
      <Choice errors={errors} name="days" label={t.expiry}>
        {DAYS.map((days) => (
          <option key={days} value={days} selected={days === typed.days}>
            {t.dayCount(days)}
          </option>
        ))}
      </Choice>
      <ConfirmationFields errors={errors} needsCode={needsCode} />
      <button class="button" type="submit">
        {t.create}
      </button>
    </form>
  )
}
