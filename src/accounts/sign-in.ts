import type { Deps } from '../deps.ts'
import { tell } from '../diagnostics.ts'
import { TooMany, WrongCredentials } from '../errors.ts'
import { peerOf } from '../security.ts'
import type { SignedInView } from './schema.ts'
import { checkCredentials, createUser, type NewUser } from './service.ts'
import { startSession } from './session.ts'

/** Makes an account and signs it in. */
export async function signUp(deps: Deps, request: Request, input: NewUser): Promise<SignedInView> {
  await deps.limits.take('signUp', peerOf(request).address)
  const user = await createUser(deps, input)
  return startSession(deps, user, deviceOf(request))
}

/** Only failures count against the limits; a flood of them for one name from one place leaves every other place alone. */
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

async function enter(
  deps: Deps,
  request: Request,
  { username, password }: { username: string; password: string },
): Promise<SignedInView> {
  const { limits } = deps
  const { address } = peerOf(request)
  const key = `${username.toLowerCase().slice(0, 64)} ${address}`
  await limits.take('signInAddress', address)
  await limits.take('signIn', key)
  const user = await checkCredentials(deps, username, password)
  await limits.giveBack('signInAddress', address)
  await limits.clear('signIn', key)
  return startSession(deps, user, deviceOf(request))
}

function deviceOf(request: Request) {
  return { userAgent: request.headers.get('user-agent') ?? '', address: peerOf(request).address }
}
