import {
  type CodeRequired,
  Invalid,
  SignInExpired,
  TooManyRequests,
  WrongCode,
  WrongCredentials,
  WrongPasskey,
} from '../../http/errors.ts'
import { peerOf } from '../../http/security.ts'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { emit } from '../../process/telemetry.ts'
import { claimEmail } from '../email/service.ts'
import type { UsedCredentialView } from '../passkeys/schema.ts'
import { checkPasskey, startPasskeySignIn } from '../passkeys/service.ts'
import type { SignedInView } from '../schema.ts'
import { authenticate, revokeSession, startSession } from '../sessions/session.ts'
import { verifyTwoFactor } from '../two-factor/service.ts'
import type { UserEntity } from '../users/entity.ts'
import { checkCredentials, createUser, isPasswordCurrent, type NewUser } from '../users/service.ts'
import { consumeChallenge, createChallenge, findChallengeUser } from './challenge.ts'

/** Makes an account and signs it in. Whether the email address is known to us already shows in nothing that comes back. */
export async function signUp(deps: Deps, request: Request, input: NewUser): Promise<SignedInView> {
  const { address } = peerOf(request)
  await deps.limits.take('signUp', address)
  const user = await createUser(deps, input)
  const { language } = viewerOf(request, null)
  // Without a mail it is an account all the same, and the settings can ask for another.
  await claimEmail(deps, user, { email: input.email ?? '', language, address }).catch((error) => {
    if (!(error instanceof TooManyRequests)) throw error
  })
  return startSession(deps, user, deviceOf(request))
}

type Credentials = { username: string; password: string }

/** A code of the app, or a recovery code; none as long as the second step is off. */
type Code = { code?: string | undefined }

/** @throws WrongCredentials, CodeRequired, WrongCode, TooMany */
export async function signIn(
  deps: Deps,
  request: Request,
  credentials: Credentials & Code,
): Promise<SignedInView> {
  return recordSignIn(checkPasswordSignIn(deps, request, credentials))
}

/**
 * Signs in whose password was right a moment ago.
 * @param proof what `createSignInProof` returned then
 * @throws StepExpired, CodeRequired, WrongCode, TooMany
 */
export async function signInWithCode(
  deps: Deps,
  request: Request,
  answer: { proof: string } & Code,
): Promise<SignedInView> {
  return recordSignIn(checkCodeSignIn(deps, request, answer))
}

/** Stands for a right password until the code is there: good once, for five minutes. */
export function createSignInProof(deps: Deps, { user }: CodeRequired): Promise<string> {
  return createChallenge(deps, { purpose: 'code', user })
}

/**
 * Signs in whoever's passkey it is. It takes a thing that one has and what unlocks it, so nothing more is asked for.
 * @throws WrongPasskey, TooMany
 */
export async function signInWithPasskey(
  deps: Deps,
  request: Request,
  credential: UsedCredentialView,
): Promise<SignedInView> {
  return recordSignIn(checkPasskeySignIn(deps, request, credential))
}

/** What a browser is to ask its passkeys. @throws TooMany */
export async function passkeyOptions(deps: Deps, request: Request) {
  await deps.limits.take('passkeyChallenge', peerOf(request).address)
  return startPasskeySignIn(deps)
}

async function checkPasskeySignIn(deps: Deps, request: Request, credential: UsedCredentialView) {
  const { address } = peerOf(request)
  await deps.limits.take('signInAddress', address)
  const user = await checkPasskey(deps, credential)
  await deps.limits.giveBack('signInAddress', address)
  return startSession(deps, user, deviceOf(request))
}

/** Lets those who watch the process know how it went. */
async function recordSignIn(entering: Promise<SignedInView>): Promise<SignedInView> {
  try {
    const view = await entering
    emit('chatapp:sign-in', { outcome: 'ok' })
    return view
  } catch (error) {
    if ([WrongCredentials, WrongPasskey, WrongCode].some((kind) => error instanceof kind))
      emit('chatapp:sign-in', { outcome: 'wrong' })
    if (error instanceof TooManyRequests) emit('chatapp:sign-in', { outcome: 'limited' })
    throw error
  }
}

async function checkPasswordSignIn(
  deps: Deps,
  request: Request,
  { code, ...credentials }: Credentials & Code,
) {
  const user = await checkPasswordThrottled(deps, request, credentials)
  await verifyTwoFactor(deps, user.id, code)
  return startCurrentSession(deps, request, user)
}

async function checkCodeSignIn(deps: Deps, request: Request, { proof, code }: { proof: string } & Code) {
  const user = await findChallengeUser(deps, proof, 'code')
  if (!user) throw new SignInExpired()
  await verifyTwoFactor(deps, user.id, code)
  if (!(await consumeChallenge(deps, proof, { purpose: 'code', user: user.id }))) throw new SignInExpired()
  return startCurrentSession(deps, request, user)
}

async function startCurrentSession(deps: Deps, request: Request, user: UserEntity): Promise<SignedInView> {
  const view = await startSession(deps, user, deviceOf(request))
  // Replaced while it was checked, the password is the old one, and all its sessions have ended already, but for this one.
  if (!(await isPasswordCurrent(deps, user))) {
    const me = await authenticate(deps, view.token)
    if (me) await revokeSession(deps, me.session)
    throw new WrongCredentials()
  }
  return view
}

/**
 * Asks somebody who is signed in for the password again, before what a browser left open must not do.
 * @throws Invalid, TooMany
 */
export async function confirmPassword(
  deps: Deps,
  request: Request,
  credentials: Credentials,
): Promise<UserEntity> {
  return checkPasswordThrottled(deps, request, credentials).catch((error) => {
    throw error instanceof WrongCredentials ? new Invalid({ password: 'password_wrong' }) : error
  })
}

/** Only failures count against the limits; a flood of them for one name from one place leaves every other place alone. */
async function checkPasswordThrottled(deps: Deps, request: Request, { username, password }: Credentials) {
  const { limits } = deps
  const { address } = peerOf(request)
  const key = `${username.toLowerCase().slice(0, 64)} ${address}`
  await limits.take('signInAddress', address)
  await limits.take('signIn', key)
  const user = await checkCredentials(deps, username, password)
  await Promise.all([limits.giveBack('signInAddress', address), limits.clear('signIn', key)])
  return user
}

/** Where a request is from. */
export function deviceOf(request: Request) {
  return { userAgent: request.headers.get('user-agent') ?? '', address: peerOf(request).address }
}
