import { transaction } from '../../database/orm.ts'
import { Invalid, TooManyRequests } from '../../http/errors.ts'
import type { Client } from '../../http/request-context.ts'
import type { Deps } from '../../process/deps.ts'
import { reasonOf } from '../../process/reason.ts'
import { emit } from '../../process/telemetry.ts'
import { enqueueVerificationMail, reserveVerificationMail } from '../email/verification-mail.ts'
import { consumeInvite, findInvite } from '../invites/service.ts'
import { WrongPasskey } from '../passkeys/errors.ts'
import type { UsedCredentialView } from '../passkeys/schema.ts'
import { checkPasskey, startPasskeySignIn } from '../passkeys/service.ts'
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
import { InviteRequired, PasswordsOff, SignInExpired, SignUpClosed } from './errors.ts'

/**
 * Creates an account and signs it in. The result does not reveal whether the email address is in use.
 * @param input the account, the token of an invite, and the language of the mail that verifies the address
 * @throws SignUpClosed, InviteRequired, InvalidInvite, Invalid, TooManyRequests
 */
export async function signUp(
  deps: Deps,
  client: Device,
  { language, invite: token, ...input }: NewAccount & { invite?: string | undefined; language: Language },
): Promise<SignedInView> {
  checkSignUp(deps.config, { withInvite: token !== undefined })
  const { address } = client
  if (!deps.config.passwords) throw new PasswordsOff()
  await deps.limits.take('signUp', address)
  const invite = token === undefined ? null : await findInvite(deps, token)
  const mail = await reserveVerificationMail(deps, { email: input.email, address })
  const user = await createUser(deps, input, {
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
  return startSession(deps, user, client)
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
  client: Device,
  credentials: Credentials & Code,
): Promise<SignedInView> {
  return recordSignIn(checkPasswordSignIn(deps, client, credentials))
}

/**
 * Finishes a sign-in with a code after the password.
 * @param answer `proof` from `createSignInProof`, and the code
 * @throws SignInExpired, CodeRequired, WrongCode, TooManyRequests
 * @throws Unauthorized when the account was disabled during the call
 */
export async function signInWithCode(
  deps: Deps,
  client: Device,
  answer: { proof: string } & Code,
): Promise<SignedInView> {
  return recordSignIn(checkCodeSignIn(deps, client, answer))
}

/** Creates a single-use token that proves a correct password, valid for five minutes. */
export function createSignInProof(deps: Deps, { user }: CodeRequired): Promise<string> {
  return createChallenge(deps, { purpose: 'code', user })
}

/**
 * Signs in the owner of the passkey. A passkey already is two factors, the device and what unlocks it, so no code is required.
 * @throws WrongPasskey, TooManyRequests
 * @throws Unauthorized when the account was disabled during the call
 */
export async function signInWithPasskey(
  deps: Deps,
  client: Device,
  credential: UsedCredentialView,
): Promise<SignedInView> {
  return recordSignIn(checkPasskeySignIn(deps, client, credential))
}

/** The options for `navigator.credentials.get`. @throws TooManyRequests */
export async function passkeyOptions(deps: Deps, client: Client) {
  await deps.limits.take('passkeyChallenge', client.address)
  return startPasskeySignIn(deps)
}

async function checkPasskeySignIn(deps: Deps, client: Device, credential: UsedCredentialView) {
  const { address } = client
  await deps.limits.take('signInAddress', address)
  const user = await checkPasskey(deps, credential)
  await deps.limits.refund('signInAddress', address)
  return startSession(deps, user, client).catch((error) => {
    // The password was changed during the call. The client sent none, so the error must not name it.
    throw error instanceof WrongCredentials ? new WrongPasskey() : error
  })
}

/** Emits the outcome of a sign-in for the metrics. */
export async function recordSignIn(attempt: Promise<SignedInView>): Promise<SignedInView> {
  try {
    const view = await attempt
    emit('chatapp:sign-in', { outcome: 'ok' })
    return view
  } catch (error) {
    if ([WrongCredentials, WrongPasskey, WrongCode].some((kind) => error instanceof kind))
      emit('chatapp:sign-in', { outcome: 'wrong' })
    if (error instanceof TooManyRequests) emit('chatapp:sign-in', { outcome: 'limited' })
    throw error
  }
}

async function checkPasswordSignIn(deps: Deps, client: Device, { code, ...credentials }: Credentials & Code) {
  if (!deps.config.passwords) throw new PasswordsOff()
  const user = await checkPasswordThrottled(deps, client, credentials)
  if (await mustUsePasskey(deps, user)) throw new PasskeyRequired()
  return requireTwoFactor(deps, { user: user.id, code }, (useCode) =>
    startSession(deps, user, client, useCode),
  )
}

async function checkCodeSignIn(deps: Deps, client: Device, { proof, code }: { proof: string } & Code) {
  const user = await findChallengeUser(deps, proof, 'code')
  if (!user) throw new SignInExpired()
  const use = { purpose: 'code', user: user.id } as const
  const session = requireTwoFactor(deps, { user: user.id, code }, (useCode) =>
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
}

/**
 * Checks the password of a signed-in user again and, while two-factor authentication is on, a code: before changes that must
 * not be possible in a browser left open, or with a stolen session or password alone. A user without a password must have
 * signed in recently.
 * @throws Invalid, TooManyRequests
 */
export async function confirmIdentity(
  deps: Deps,
  client: Client,
  { me, password, code }: { me: Me; password: string } & Code,
): Promise<UserEntity> {
  try {
    const user = me.hasPassword
      ? await checkPasswordThrottled(deps, client, { username: me.username, password })
      : await checkRecentSignIn(deps, me)
    await requireTwoFactor(deps, { user: user.id, code }, (useCode) => transaction(deps, useCode))
    return user
  } catch (error) {
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

/** Limits failures per username and address, so that an attack from one address does not lock out the owner elsewhere. */
async function checkPasswordThrottled(deps: Deps, client: Client, { username, password }: Credentials) {
  const { limits } = deps
  const { address } = client
  const key = `${typedUsername(username).toLowerCase().slice(0, 64)} ${address}`
  await limits.take('signInAddress', address)
  await limits.take('signIn', key)
  const user = await checkCredentials(deps, username, password)
  await Promise.all([limits.refund('signInAddress', address), limits.clear('signIn', key)])
  return user
}
