import type { CreatedInviteView, InvitePageView, InviteView } from '../../src/accounts/invites/schema.ts'
import { paths, withQuery } from '../paths.ts'
import { Choice, ErrorSummary, Field, type FieldErrors, PostButton, Saved } from '../ui/form.tsx'
import { OwnedRow } from '../ui/owned-row.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { Secret } from '../ui/secret.tsx'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import { SettingsFrame } from './frame.tsx'

/** The numbers of people and of days to choose from. */
const USES = [1, 5, 20, 100]
const DAYS = [1, 7, 30, 90]

export type InvitesProps = {
  invites: InvitePageView
  /** A new invite with its link, shown only once. */
  created: CreatedInviteView | null
  revoked: boolean
  /** The user may create invites. */
  allowed: boolean
  typed: { name: string; uses: number; days: number }
  errors: FieldErrors
}

export function InvitesPage(props: InvitesProps) {
  const { invites, created, allowed } = props
  const { invites: t } = useText()
  return (
    <SettingsFrame section="invites">
      {created && (
        <section class="card">
          <Saved>{t.created}</Saved>
          <QrCode label={t.qr} content={created.link} />
          <Secret label={t.link} value={created.link} />
        </section>
      )}
      {allowed ? <InviteForm {...props} /> : <p class="card">{t.forbidden}</p>}
      <section class="card">
        <h2>{t.list}</h2>
        {props.revoked && <Saved>{t.revoked}</Saved>}
        {invites.results.length === 0 && <p>{t.none}</p>}
        <ul class="plain">
          {invites.results.map((invite) => (
            <InviteItem key={invite.id} invite={invite} />
          ))}
        </ul>
        {invites.next && <a href={withQuery(paths.invites, { cursor: invites.next })}>{t.more}</a>}
      </section>
    </SettingsFrame>
  )
}

function InviteForm({ typed, errors }: InvitesProps) {
  const { invites: t } = useText()
  return (
    <form class="card" method="post" action={paths.invites} noValidate>
      <h2>{t.title}</h2>
      <p class="hint">{t.hint}</p>
      <ErrorSummary errors={errors} labels={{ name: t.name, uses: t.uses, days: t.expiry }} />
      <Field
        errors={errors}
        name="name"
        label={t.name}
        hint={t.nameHint}
        optional
        input={{ value: typed.name, autocomplete: 'off' }}
      />
      <Choice errors={errors} name="uses" label={t.uses}>
        {USES.map((count) => (
          <option key={count} value={count} selected={count === typed.uses}>
            {t.people(count)}
          </option>
        ))}
      </Choice>
      <Choice errors={errors} name="days" label={t.expiry}>
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

function InviteItem({ invite }: { invite: InviteView }) {
  const { invites: t } = useText()
  const { colon } = usePunctuation()
  const viewer = useViewer()
  const { id, name, uses, used, createdAt, expiresAt } = invite
  const label = name ?? t.unnamed(id)
  const details = [
    t.createdAt(fullTime(createdAt, viewer)),
    t.used(used, uses),
    t.expiresAt(fullTime(expiresAt, viewer)),
  ]
  return (
    <OwnedRow name={label} details={details}>
      <PostButton action={paths.revokeInvite(id)} label={t.revoke + colon + label}>
        {t.revoke}
      </PostButton>
    </OwnedRow>
  )
}
