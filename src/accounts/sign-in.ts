import type { Deps } from '../deps.ts'
import { tell } from '../diagnostics.ts'
import { Invalid, TooMany, WrongCredentials } from '../errors.ts'
import { readerOf } from '../reader.ts'
import { peerOf } from '../security.ts'
import { claimEmail } from './email/service.ts'
import type { User } from './entity.ts'
import type { SignedInView } from './schema.ts'
import { checkCredentials, createUser, isCurrent, type NewUser } from './service.ts'
import { authenticate, endSession, startSession } from './session.ts'

/** Makes an account and signs it in. Whether the email address is known to us already shows in nothing that comes back. */
export async function signUp(deps: Deps, request: Request, input: NewUser): Promise<SignedInView> {
  const { address } = peerOf(request)
  await deps.limits.take('signUp', address)
  const user = await createUser(deps, input)
  const { language } = readerOf(request, null)
  // Without a mail it is an account all the same, and the settings can ask for another.
  await claimEmail(deps, user, { email: input.email ?? '', language, address }).catch((error) => {
    if (!(error instanceof TooMany)) throw error
  })
  return startSession(deps, user, deviceOf(request))
}

type Credentials = { username: string; password: string }

export async function signIn(...asked: Parameters<typeof enter>): Promise<SignedInView> {
  try {
    const view = await enter(...asked)
    tell('chatapp:sign-in', { outcome: 'ok' })
    return view
  } catch (error) {
    if (error instanceof WrongCredentials) tell('chatapp:sign-in', { outcome: 'wrong' })
    if (error instanceof TooMany) tell('chatapp:sign-in', { outcome: 'limited' })
    throw error
  }
}

async function enter(deps: Deps, request: Request, credentials: Credentials): Promise<SignedInView> {
  const user = await checkThrottled(deps, request, credentials)
  const view = await startSession(deps, user, deviceOf(request))
  // Replaced while it was checked, the password is the old one, and all its sessions have ended already, but for this one.
  if (!(await isCurrent(deps, user))) {
    const me = await authenticate(deps, view.token)
    if (me) await endSession(deps, me.session)
    throw new WrongCredentials()
  }
  return view
}

/**
 * Asks somebody who is signed in for the password again, before what a browser left open must not do.
 * @throws Invalid, TooMany
 */
export async function provePassword(deps: Deps, request: Request, credentials: Credentials): Promise<User> {
  return checkThrottled(deps, request, credentials).catch((error) => {
    throw error instanceof WrongCredentials ? new Invalid({ password: 'password_wrong' }) : error
  })
}

/** Only failures count against the limits; a flood of them for one name from one place leaves every other place alone. */
async function checkThrottled(deps: Deps, request: Request, { username, password }: Credentials) {
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
