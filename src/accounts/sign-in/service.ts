import { transaction } from '../../database/orm.ts'
import { Invalid, TooManyRequests } from '../../http/errors.ts'
import type { Client } from '../../http/request-context.ts'
import { chargedKey } from '../../process/charged.ts'
import { countAttempt } from '../../process/count-attempt.ts'
import type { Deps } from '../../process/deps.ts'
import { reasonOf } from '../../process/reason.ts'
import { logSecurityEvent, type SecurityEvent } from '../../process/security-event.ts'
import { emit } from '../../process/telemetry.ts'
import { enqueueVerificationMail, reserveVerificationMail } from '../email/verification-mail.ts'
import { consumeInvite, findInvite } from '../invites/service.ts'
import { WrongPasskey } from '../passkeys/errors.ts'
import type { UsedCredentialView } from '../passkeys/schema.ts'
import { checkPasskey, startPasskeySignIn } from '../passkeys/service.ts'
import { checkHashRoom } from '../password/hash.ts'
import type { Language } from '../profile/schema.ts'
import type { SignedInView } from '../sessions/schema.ts'
import { type Device, type Me, startSession } from '../sessions/session.ts'
import { CodeRequired, PasskeyRequired, WrongCode } from '../two-factor/errors.ts'
import { mustUsePasskey } from '../two-factor/requirement.ts'
import { requireTwoFactor } from '../two-factor/service.ts'
import { UserEntity } from '../users/entity.ts'
import { WrongCredentials } from '../users/errors.ts'
import { typedUsername } from '../users/names.ts'
import { checkCredentials, createUser, type NewAccount } from '../users/service.ts'
import { consumeChallengeIn, createChallenge, findChallengeUser } from './challenge.ts'
import type { ChallengePurpose } from './entity.ts'
import { InviteRequired, PasswordsOff, SignInExpired, SignUpClosed } from './errors.ts'
import {
  codeLimit,
  countGuess,
  type GuessLimit,
  isWrongGuess,
  passwordCheckLimit,
  passwordLimits,
  sessionCodeLimit,
} from './guesses.ts'

/** The client of a sign-in, and the session that the new one replaces. */
export type SignInClient = Client & Pick<Device, 'replaces' | 'origin'>

type SignUp = NewAccount & { invite?: string | undefined; language: Language }

/**
 * Creates an account and signs it in. The result does not reveal whether the email address is in use.
 * @param input the account, the token of an invite, and the language of the mail that verifies the address
 * @throws SignUpClosed, InviteRequired, InvalidInvite, Invalid, TooManyRequests
 */
export async function signUp(deps: Deps, client: SignInClient, input: SignUp): Promise<SignedInView> {
  checkSignUp(deps.config, { withInvite: input.invite !== undefined })
  if (!deps.config.passwords) throw new PasswordsOff()
  checkHashRoom()
  const { address } = client
  const user = await countAttempt(deps.limits, { rule: 'signUp', key: address }, () =>
    createAccount(deps, address, input),
  )
  logSecurityEvent(deps, { event: 'sign-up', outcome: 'succeeded', user: user.id })
  return startSession(deps, user, client)
}

async function createAccount(
  deps: Deps,
  address: string,
  { language, invite: token, ...input }: SignUp,
): Promise<UserEntity> {
  const invite = token === undefined ? null : await findInvite(deps, token)
  const mail = await reserveVerificationMail(deps, { email: input.email, address })
  return createUser(deps, input, {
    afterCreate: async (em, { id }) => {
      if (invite) await consumeInvite(em, deps, { invite, user: id })
      if (mail) await enqueueVerificationMail(em, deps, { user: id, to: mail.to, language })
    },
  }).catch(async (error) => {
    // The error of the sign-up matters more than a mail that stays counted.
    await mail?.refund().catch((failure) => {
      deps.log.warn({ reason: reasonOf(failure) }, 'a mail limit was not given back')
    })
    throw error
  })
}

/** Checks that people may sign up here. @throws SignUpClosed, InviteRequired */
export function checkSignUp(
  { signUp }: Pick<Deps['config'], 'signUp'>,
  { withInvite }: { withInvite: boolean },
): void {
  if (signUp === 'closed') throw new SignUpClosed()
  if (signUp === 'invite' && !withInvite) throw new InviteRequired()
}

type Credentials = { username: string; password: string }

/** A code from the authenticator app, or a recovery code; none while two-factor authentication is off. */
type Code = { code?: string | undefined }

/**
 * Signs in with a password and, while two-factor authentication is on, a code.
 * @throws WrongCredentials, CodeRequired, WrongCode, PasskeyRequired, TooManyRequests
 * @throws Unauthorized when the account was disabled during the call
 */
export async function signIn(
  deps: Deps,
  client: SignInClient,
  { code, ...credentials }: Credentials & Code,
): Promise<SignedInView> {
  return recordSignIn(deps, 'password', {
    async identify() {
      if (!deps.config.passwords) throw new PasswordsOff()
      checkHashRoom()
      const limits = passwordLimits(client, typedUsername(credentials.username))
      return countGuess(deps.limits, limits, () => checkCredentials(deps, credentials))
    },
    async start(user) {
      if (await mustUsePasskey(deps, user)) throw new PasskeyRequired()
      return requireTwoFactor(deps, { user: user.id, code, limit: codeLimit(client, user) }, (useCode) =>
        startSession(deps, user, client, useCode),
      )
    },
  })
}

/**
 * Finishes a sign-in with a code after the password.
 * @param answer `proof` from `createSignInProof`, and the code
 * @throws SignInExpired, CodeRequired, WrongCode, TooManyRequests
 * @throws Unauthorized when the account was disabled during the call
 */
export async function signInWithCode(
  deps: Deps,
  client: SignInClient,
  { proof, code }: { proof: string } & Code,
): Promise<SignedInView> {
  const purpose = codePurpose(client)
  return recordSignIn(deps, 'code', {
    async identify() {
      const user = await findChallengeUser(deps, proof, purpose)
      if (!user) throw new SignInExpired()
      return user
    },
    start(user) {
      const use = { purpose, user: user.id }
      const session = requireTwoFactor(
        deps,
        { user: user.id, code, limit: codeLimit(client, user) },
        (useCode) =>
          startSession(deps, user, client, async (em) => {
            // Before the code: of concurrent codes with one proof, only one is used up.
            if (!(await consumeChallengeIn(em, deps, { challenge: proof, use }))) throw new SignInExpired()
            await useCode(em)
          }),
      )
      return session.catch((error) => {
        // The password was changed during the call, so the proof of the old one is no longer valid.
        throw error instanceof WrongCredentials ? new SignInExpired() : error
      })
    },
  })
}

/**
 * Creates a single-use token that proves a correct password, valid for five minutes.
 * @param client with the origin of a sign-in at the OpenID provider, without which that token is not valid
 */
export function createSignInProof(
  deps: Deps,
  { user }: CodeRequired,
  client: Pick<Device, 'origin'> = {},
): Promise<string> {
  return createChallenge(deps, { purpose: codePurpose(client), user })
}

function codePurpose({ origin }: Pick<Device, 'origin'>): ChallengePurpose {
  return origin ? 'openIdCode' : 'code'
}

/**
 * Signs in the owner of the passkey. A passkey already is two factors, the device and what unlocks it, so no code is required.
 * @throws WrongPasskey, TooManyRequests
 * @throws Unauthorized when the account was disabled during the call
 */
export async function signInWithPasskey(
  deps: Deps,
  client: SignInClient,
  credential: UsedCredentialView,
): Promise<SignedInView> {
  const limit: GuessLimit = { rule: 'passkey', key: chargedKey().key, whenRight: 'refund' }
  return recordSignIn(deps, 'passkey', {
    identify: () => countGuess(deps.limits, [limit], () => checkPasskey(deps, credential)),
    start: (user) =>
      startSession(deps, user, client).catch((error) => {
        // The password was changed during the call. The client sent none, so the error must not name it.
        throw error instanceof WrongCredentials ? new WrongPasskey(user.id) : error
      }),
  })
}

/** The options for `navigator.credentials.get`. @throws TooManyRequests */
export async function passkeyOptions(deps: Deps) {
  await deps.limits.take('passkeyChallenge', chargedKey().key)
  return startPasskeySignIn(deps)
}

/**
 * Signs in, logs the outcome, and emits it for the metrics.
 * @param steps.identify finds the user and checks the first factor
 * @param steps.start checks the second factor and starts the session
 */
export async function recordSignIn(
  deps: Deps,
  method: NonNullable<SecurityEvent['method']>,
  steps: { identify: () => Promise<UserEntity>; start: (user: UserEntity) => Promise<SignedInView> },
): Promise<SignedInView> {
  let user: UserEntity | null = null
  try {
    user = await steps.identify()
    const view = await steps.start(user)
    emit('chatapp:sign-in', { outcome: 'ok' })
    logSecurityEvent(deps, { event: 'sign-in', outcome: 'succeeded', user: user.id, method })
    return view
  } catch (error) {
    const failure = failureOf(error)
    if (!failure) throw error
    if (failure.metric) emit('chatapp:sign-in', { outcome: failure.metric })
    // The error of a wrong password names its account.
    const named = error instanceof WrongCredentials || error instanceof WrongPasskey ? error.user : null
    logSecurityEvent(deps, {
      event: 'sign-in',
      outcome: failure.outcome,
      user: user?.id ?? named,
      method,
    })
    throw error
  }
}

/** How a failed sign-in is logged and counted; null for errors that are no failure of the client. */
function failureOf(
  error: unknown,
): { outcome: SecurityEvent['outcome']; metric?: 'wrong' | 'limited' } | null {
  if (isWrongGuess(error) || error instanceof SignInExpired) return { outcome: 'failed', metric: 'wrong' }
  if (error instanceof CodeRequired) return { outcome: 'code-required' }
  if (error instanceof TooManyRequests) return { outcome: 'limited', metric: 'limited' }
  return null
}

/**
 * Checks the password of a signed-in user again and, while two-factor authentication is on, a code: before changes that must
 * not be possible in a browser left open, or with a stolen session or password alone. Wrong ones are counted by session, so that
 * failures elsewhere do not prevent it. A user without a password must have signed in recently.
 * @throws Invalid, TooManyRequests
 */
export async function confirmIdentity(
  deps: Deps,
  { me, password, code }: { me: Me; password: string } & Code,
): Promise<UserEntity> {
  const { id, username, session } = me
  const record = (outcome: SecurityEvent['outcome']) =>
    logSecurityEvent(deps, { event: 'password-confirmation', outcome, user: id })
  const limits: GuessLimit[] = [
    passwordCheckLimit(),
    { rule: 'confirmPassword', key: String(session.id), whenRight: 'clear' },
  ]
  try {
    const user = me.hasPassword
      ? await countGuess(deps.limits, limits, () => checkCredentials(deps, { username, password }))
      : await checkRecentSignIn(deps, me)
    await requireTwoFactor(deps, { user: id, code, limit: sessionCodeLimit(me) }, (useCode) =>
      transaction(deps, useCode),
    )
    record('succeeded')
    return user
  } catch (error) {
    if (error instanceof TooManyRequests) record('limited')
    if (error instanceof WrongCredentials || error instanceof WrongCode) record('failed')
    if (error instanceof CodeRequired) record('code-required')
    if (error instanceof WrongCredentials) throw new Invalid({ password: 'password_wrong' })
    // 422 instead of 401, because the session is valid.
    if (error instanceof CodeRequired || error instanceof WrongCode) throw new Invalid(error.fields)
    throw error
  }
}

/** Milliseconds for which a sign-in confirms changes of the account. */
const RECENT_MS = 10 * 60 * 1000

async function checkRecentSignIn({ orm, now }: Deps, { id, session }: Me): Promise<UserEntity> {
  if (now().getTime() - session.createdAt.getTime() > RECENT_MS) throw new Invalid({ form: 'sign_in_again' })
  return orm.em.fork().findOneOrFail(UserEntity, id)
}
