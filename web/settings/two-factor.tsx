import type { TwoFactorView } from '../../src/accounts/two-factor/schema.ts'
import { paths } from '../paths.ts'
import { ConfirmationFields, CurrentPasswordField } from '../ui/account-fields.tsx'
import { ErrorSummary, Field, type FieldErrors, PostButton, Saved } from '../ui/form.tsx'
import { QrCode } from '../ui/qr-code.tsx'
import { Secret } from '../ui/secret.tsx'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { usePunctuation, useViewer } from '../ui/viewer.ts'
import { SettingsFrame } from './frame.tsx'

export type TwoFactorProps = {
  state: TwoFactorView
  /** The user must set up a second factor before anything else. */
  isMissing: boolean
  /** The secret and URI to set up an authenticator app. */
  setup: { secret: string; uri: string } | null
  /** New recovery codes, shown only once. */
  codes: readonly string[] | null
  /** The action that created the codes. */
  done: 'turnedOn' | 'renewed' | null
  ended: boolean
  errors: FieldErrors
}

/** At most this many recovery codes left: the page suggests new ones. */
const FEW = 3

export function TwoFactorPage(props: TwoFactorProps) {
  const { state, setup, codes } = props
  return (
    <SettingsFrame section="twoFactor">
      {props.isMissing && <Missing />}
      {codes ? (
        <Codes {...props} codes={codes} />
      ) : setup ? (
        <SetupForm {...props} setup={setup} />
      ) : (
        <>
          <State {...props} />
          {state.on ? <ChangeForm {...props} /> : <BeginForm {...props} />}
        </>
      )}
    </SettingsFrame>
  )
}

function Missing() {
  const { twoFactor: t, signOut } = useText()
  return (
    <section class="card">
      <p>
        <strong>{t.required}</strong>
      </p>
      <p>
        <a href={paths.passkeys}>{t.orPasskey}</a>
      </p>
      <PostButton action={paths.signOut}>{signOut}</PostButton>
    </section>
  )
}

function State({ state: { since, recoveryCodesLeft }, ended }: TwoFactorProps) {
  const { gap } = usePunctuation()
  const { twoFactor: t } = useText()
  const viewer = useViewer()
  return (
    <section class="card">
      <h2>{t.title}</h2>
      {ended && <Saved>{t.turnedOff}</Saved>}
      <p class="hint">{t.hint}</p>
      {since === null ? (
        !ended && <p>{t.off}</p>
      ) : (
        <>
          <p>{t.onSince(fullTime(since, viewer))}</p>
          <p>
            {t.codesLeft(recoveryCodesLeft)}
            {recoveryCodesLeft <= FEW && gap + t.codesRunningOut}
          </p>
        </>
      )}
    </section>
  )
}

function BeginForm({ errors }: TwoFactorProps) {
  const { twoFactor: t, account } = useText()
  return (
    <form class="card" method="post" action={paths.beginTwoFactor} noValidate>
      <h2>{t.setUp}</h2>
      <ErrorSummary errors={errors} labels={{ password: account.currentPassword }} />
      <CurrentPasswordField errors={errors} />
      <button class="button" type="submit">
        {t.next}
      </button>
    </form>
  )
}

type SetupProps = TwoFactorProps & { setup: NonNullable<TwoFactorProps['setup']> }

function SetupForm({ setup: { secret, uri }, errors }: SetupProps) {
  const { twoFactor: t } = useText()
  return (
    <form class="card" method="post" action={paths.twoFactor} noValidate>
      <h2>{t.scan}</h2>
      <ErrorSummary errors={errors} labels={{ code: t.code }} />
      <QrCode label={t.qr} content={uri} />
      <p>
        <a href={uri}>{t.openApp}</a>
      </p>
      <p>
        {t.enterManually} <code class="key">{secret.replace(/.{4}(?=.)/g, '$& ')}</code>
      </p>
      <Field
        errors={errors}
        name="code"
        label={t.code}
        hint={t.codeHint}
        input={{ autocomplete: 'one-time-code', inputMode: 'numeric', required: true }}
      />
      <button class="button" type="submit">
        {t.turnOn}
      </button>
    </form>
  )
}

function Codes({ codes, done }: TwoFactorProps & { codes: readonly string[] }) {
  const { twoFactor: t } = useText()
  return (
    <section class="card">
      <h2>{t.codes}</h2>
      {done && <Saved>{t[done]}</Saved>}
      <p>{t.codesHint}</p>
      <Secret label={t.codes} value={codes.join('\n')} />
      <a class="button" href={paths.twoFactor}>
        {t.codesSaved}
      </a>
    </section>
  )
}

function ChangeForm({ errors }: TwoFactorProps) {
  const { twoFactor: t, account } = useText()
  return (
    <form class="card" method="post" action={paths.changeTwoFactor} noValidate>
      <h2>{t.change}</h2>
      <ErrorSummary errors={errors} labels={{ password: account.currentPassword, code: t.code }} />
      <p class="hint">{t.changeHint}</p>
      <ConfirmationFields errors={errors} needsCode />
      <p class="buttons">
        <button class="button quiet" type="submit" name="wanted" value="codes">
          {t.renewCodes}
        </button>
        <button class="button danger" type="submit" name="wanted" value="off">
          {t.turnOff}
        </button>
      </p>
    </form>
  )
}
