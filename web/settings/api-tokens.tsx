import type { ApiTokenView, Viewer } from '../../src/accounts/schema.ts'
import { paths } from '../paths.ts'
import { text } from '../text/text.ts'
import { Choice, ErrorSummary, Field, type FieldErrors } from '../ui/form.tsx'
import { Secret } from '../ui/secret.tsx'
import { fullTime } from '../ui/time.ts'
import { Saved, SettingsFrame } from './frame.tsx'

/** The lifetimes to choose from, in days. */
const DAYS = [7, 30, 90, 365]

export type TokensProps = {
  tokens: readonly ApiTokenView[]
  /** A new token with its secret, shown only once. */
  created: (ApiTokenView & { token: string }) | null
  revoked: boolean
  typed: { name: string; days: number }
  errors: FieldErrors
  viewer: Viewer
}

export function TokensPage(props: TokensProps) {
  const { tokens, created, viewer } = props
  const { tokens: t } = text(viewer.language)
  return (
    <SettingsFrame section="tokens" viewer={viewer}>
      {created && (
        <section class="card">
          <Saved>{t.created(created.name)}</Saved>
          <Secret label={created.name} value={created.token} language={viewer.language} />
        </section>
      )}
      <TokenForm {...props} />
      <section class="card">
        <h2>{t.list}</h2>
        {props.revoked && <Saved>{t.revoked}</Saved>}
        {tokens.length === 0 && <p>{t.none}</p>}
        <ul class="plain">
          {tokens.map((token) => (
            <TokenItem key={token.id} token={token} viewer={viewer} />
          ))}
        </ul>
      </section>
    </SettingsFrame>
  )
}

function TokenForm({ typed, errors, viewer: { language } }: TokensProps) {
  const { tokens: t } = text(language)
  const common = { errors, language }
  return (
    <form class="card" method="post" action={paths.tokens} noValidate>
      <h2>{t.title}</h2>
      <p class="hint">
        {t.hint} <a href={paths.docs}>{t.apiDocs}</a>
      </p>
      <ErrorSummary {...common} labels={{ name: t.name, days: t.expiry }} />
      <Field {...common} name="name" label={t.name} input={{ value: typed.name, autocomplete: 'off' }} />
      <Choice {...common} name="days" label={t.expiry}>
        {DAYS.map((days) => (
          <option key={days} value={days} selected={days === typed.days}>
            {t.dayCount(days)}
          </option>
        ))}
      </Choice>
      <button class="button" type="submit">
        {t.create}
      </button>
    </form>
  )
}

function TokenItem({ token, viewer }: { token: ApiTokenView; viewer: Viewer }) {
  const { tokens: t } = text(viewer.language)
  const { id, name, createdAt, usedAt, expiresAt } = token
  return (
    <li class="owned-row">
      <div>
        <p class="row-name">
          <bdi>{name}</bdi>
        </p>
        <p class="hint">{t.createdAt(fullTime(createdAt, viewer))}</p>
        <p class="hint">{usedAt ? t.lastUsed(fullTime(usedAt, viewer)) : t.neverUsed}</p>
        <p class="hint">{t.expiresAt(fullTime(expiresAt, viewer))}</p>
      </div>
      <form method="post" action={paths.revokeToken(id)}>
        <button class="button quiet" type="submit" aria-label={`${t.revoke}: ${name}`}>
          {t.revoke}
        </button>
      </form>
    </li>
  )
}
