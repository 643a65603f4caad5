import type { PasskeyView, Viewer } from '../../src/accounts/schema.ts'
import { paths } from '../paths.ts'
import { text } from '../text/text.ts'
import { CurrentPasswordField, ErrorSummary, Field, type FieldErrors } from '../ui/form.tsx'
import { fullTime } from '../ui/time.ts'
import { Saved, SettingsFrame } from './frame.tsx'

export type PasskeysProps = {
  passkeys: readonly PasskeyView[]
  done: 'created' | 'removed' | null
  errors: FieldErrors
  viewer: Viewer
}

export function PasskeysPage({ passkeys, done, errors, viewer }: PasskeysProps) {
  const { language } = viewer
  const { passkeys: t, account } = text(language)
  return (
    <SettingsFrame section="passkeys" viewer={viewer}>
      <section class="card">
        <h2>{t.list}</h2>
        {done && <Saved>{t[done]}</Saved>}
        <p class="hint">{t.hint}</p>
        {passkeys.length === 0 ? (
          <p>{t.none}</p>
        ) : (
          <ul class="plain">
            {passkeys.map((passkey) => (
              <PasskeyItem key={passkey.id} passkey={passkey} viewer={viewer} />
            ))}
          </ul>
        )}
      </section>
      <form class="card" method="post" action={paths.beginPasskey} noValidate>
        <h2>{t.add}</h2>
        <ErrorSummary errors={errors} language={language} labels={{ password: account.currentPassword }} />
        <NoPasskeys viewer={viewer} />
        <CurrentPasswordField errors={errors} language={viewer.language} />
        <button class="button" type="submit">
          {t.next}
        </button>
      </form>
    </SettingsFrame>
  )
}

function PasskeyItem({ passkey, viewer }: { passkey: PasskeyView; viewer: Viewer }) {
  const { passkeys: t } = text(viewer.language)
  const { id, name, createdAt, usedAt } = passkey
  return (
    <li class="owned-row">
      <div>
        <p class="row-name">
          <bdi>{name}</bdi>
        </p>
        <p class="hint">{t.addedAt(fullTime(createdAt, viewer))}</p>
        <p class="hint">{usedAt ? t.lastUsed(fullTime(usedAt, viewer)) : t.neverUsed}</p>
      </div>
      <a class="button quiet" href={paths.passkey(id)} aria-label={`${t.change}: ${name}`}>
        {t.change}
      </a>
    </li>
  )
}

/** Explains why passkeys are not available. */
function NoPasskeys({ viewer }: { viewer: Viewer }) {
  const { passkeys: t } = text(viewer.language)
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
  viewer: Viewer
}

/** Shown after the password was confirmed; the browser creates the passkey. */
export function NewPasskeyPage({ creation, name, viewer }: NewPasskeyProps) {
  const { language } = viewer
  const { passkeys: t } = text(language)
  return (
    <SettingsFrame section="passkeys" viewer={viewer}>
      <section class="card">
        <h2>{t.add}</h2>
        <NoPasskeys viewer={viewer} />
        <form
          class="stack"
          method="post"
          action={paths.passkeys}
          data-passkey
          data-creation={JSON.stringify(creation)}
          hidden
        >
          <Field
            errors={{}}
            language={language}
            name="name"
            label={t.name}
            hint={t.nameHint}
            input={{ value: name, autocomplete: 'off', maxLength: 60, required: true }}
          />
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
  errors: FieldErrors
  viewer: Viewer
}

/** The page to rename or remove a passkey. */
export function PasskeyPage({ passkey: { id, name }, typed = name, renamed, errors, viewer }: PasskeyProps) {
  const { language } = viewer
  const { passkeys: t, account } = text(language)
  return (
    <SettingsFrame section="passkeys" viewer={viewer}>
      <section class="card">
        <h2>
          <bdi>{name}</bdi>
        </h2>
        {renamed && <Saved>{t.renamed}</Saved>}
        <ErrorSummary
          errors={errors}
          language={language}
          labels={{ name: t.name, password: account.currentPassword }}
        />
        <form class="stack" method="post" action={paths.passkey(id)} noValidate>
          <Field
            errors={errors}
            language={language}
            name="name"
            label={t.name}
            hint={t.nameHint}
            input={{ value: typed, autocomplete: 'off', required: true }}
          />
          <button class="button" type="submit">
            {t.save}
          </button>
        </form>
      </section>
      <form class="card" method="post" action={paths.removePasskey(id)} noValidate>
        <h2>{t.remove}</h2>
        <p>{t.removeHint}</p>
        <CurrentPasswordField errors={errors} language={viewer.language} />
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
