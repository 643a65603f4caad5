import { PASSKEY_NAME } from '../../src/accounts/limits.ts'
import type { PasskeyView } from '../../src/accounts/passkeys/schema.ts'
import { paths } from '../paths.ts'
import { ConfirmationFields } from '../ui/account-fields.tsx'
import { ErrorSummary, Field, type FieldErrors, Saved } from '../ui/form.tsx'
import { OwnedRow } from '../ui/owned-row.tsx'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import { SettingsFrame } from './frame.tsx'

export type PasskeysProps = {
  passkeys: readonly PasskeyView[]
  done: 'created' | 'removed' | null
  needsCode: boolean
  errors: FieldErrors
}

export function PasskeysPage({ passkeys, done, needsCode, errors }: PasskeysProps) {
  const { passkeys: t, account, twoFactor } = useText()
  return (
    <SettingsFrame section="passkeys">
      <section class="card">
        <h2>{t.list}</h2>
        {done && <Saved>{t[done]}</Saved>}
        <p class="hint">{t.hint}</p>
        {passkeys.length === 0 ? (
          <p>{t.none}</p>
        ) : (
          <ul class="plain">
            {passkeys.map((passkey) => (
              <PasskeyItem key={passkey.id} passkey={passkey} />
            ))}
          </ul>
        )}
      </section>
      <form class="card" method="post" action={paths.beginPasskey} noValidate>
        <h2>{t.add}</h2>
        <ErrorSummary errors={errors} labels={{ password: account.currentPassword, code: twoFactor.code }} />
        <NoPasskeys />
        <ConfirmationFields errors={errors} needsCode={needsCode} />
        <button class="button" type="submit">
          {t.next}
        </button>
      </form>
    </SettingsFrame>
  )
}

function PasskeyItem({ passkey }: { passkey: PasskeyView }) {
  const { passkeys: t } = useText()
  const { colon } = usePunctuation()
  const viewer = useViewer()
  const { id, name, createdAt, usedAt } = passkey
  const details = [
    t.addedAt(fullTime(createdAt, viewer)),
    usedAt ? t.lastUsed(fullTime(usedAt, viewer)) : t.neverUsed,
  ]
  return (
    <OwnedRow name={name} details={details}>
      <a class="button quiet" href={paths.passkey(id)} aria-label={t.change + colon + name}>
        {t.change}
      </a>
    </OwnedRow>
  )
}

function NameField({ value, errors }: { value: string; errors: FieldErrors }) {
  const { passkeys: t } = useText()
  return (
    <Field
      errors={errors}
      name="name"
      label={t.name}
      hint={t.nameHint}
      input={{ value, autocomplete: 'off', maxLength: PASSKEY_NAME, required: true }}
    />
  )
}

/** Explains why passkeys are not available. */
function NoPasskeys() {
  const { passkeys: t } = useText()
  return (
    <>
      <noscript>
        <p class="hint">{t.noScript}</p>
      </noscript>
      <p class="field-error" data-no-passkeys hidden>
        {t.unsupported}
      </p>
    </>
  )
}

export type NewPasskeyProps = {
  /** The creation options for the browser. */
  creation: object
  /** The suggested name. */
  name: string
}

/** Shown after the password was confirmed; the browser creates the passkey. */
export function NewPasskeyPage({ creation, name }: NewPasskeyProps) {
  const { passkeys: t } = useText()
  return (
    <SettingsFrame section="passkeys">
      <section class="card">
        <h2>{t.add}</h2>
        <NoPasskeys />
        <form
          class="stack"
          method="post"
          action={paths.passkeys}
          data-passkey
          data-creation={JSON.stringify(creation)}
          hidden
        >
          <NameField errors={{}} value={name} />
          <input type="hidden" name="credential" />
          <p class="hint">{t.createHint}</p>
          <p class="field-error" role="alert" data-when="failed" hidden>
            {t.createFailed}
          </p>
          <p class="field-error" role="alert" data-when="known" hidden>
            {t.alreadyExists}
          </p>
          <button class="button" type="submit">
            {t.create}
          </button>
        </form>
        <p>
          <a href={paths.passkeys}>{t.back}</a>
        </p>
      </section>
    </SettingsFrame>
  )
}

export type PasskeyProps = {
  passkey: PasskeyView
  /** A rejected value that stays in the field. */
  typed?: string | undefined
  renamed: boolean
  needsCode: boolean
  errors: FieldErrors
}

/** The page to rename or remove a passkey. */
export function PasskeyPage(props: PasskeyProps) {
  const { passkey, renamed, needsCode, errors } = props
  const { id, name } = passkey
  const { typed = name } = props
  const { passkeys: t, account, twoFactor } = useText()
  const labels = { name: t.name, password: account.currentPassword, code: twoFactor.code }
  return (
    <SettingsFrame section="passkeys">
      <section class="card">
        <h2>
          <bdi>{name}</bdi>
        </h2>
        {renamed && <Saved>{t.renamed}</Saved>}
        <ErrorSummary errors={errors} labels={labels} />
        <form class="stack" method="post" action={paths.passkey(id)} noValidate>
          <NameField errors={errors} value={typed} />
          <button class="button" type="submit">
            {t.save}
          </button>
        </form>
      </section>
      <form class="card" method="post" action={paths.removePasskey(id)} noValidate>
        <h2>{t.remove}</h2>
        <p>{t.removeHint}</p>
        <ConfirmationFields errors={errors} needsCode={needsCode} />
        <button class="button danger" type="submit">
          {t.remove}
        </button>
      </form>
      <p>
        <a href={paths.passkeys}>{t.back}</a>
      </p>
    </SettingsFrame>
  )
}
