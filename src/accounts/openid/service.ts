import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import { countAttempt } from '../../process/count-attempt.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import { consumeInvite, findInvite } from '../invites/service.ts'
import type { Language } from '../profile/schema.ts'
import type { SignedInView } from '../sessions/schema.ts'
import { type Me, startSession } from '../sessions/session.ts'
import { codeLimit } from '../sign-in/guesses.ts'
import { checkSignUp, recordSignIn, type SignInClient } from '../sign-in/service.ts'
import { requireTwoFactor } from '../two-factor/service.ts'
import { UserEntity } from '../users/entity.ts'
import { lockSignedInUser, lockUser } from '../users/lock-user.ts'
import { isUsername } from '../users/names.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { isReserved } from '../users/reserved-names.ts'
import { createUser } from '../users/service.ts'
import { checkCanSignIn } from '../users/ways-to-sign-in.ts'
import { IdentityEntity } from './entity.ts'
import { checkNotSignedOut, useSignUpStep } from './pending-sign-ins.ts'
import type { Identity } from './provider.ts'
import type { IdentityView } from './schema.ts'
import { originOf } from './session-origin.ts'

/**
 * Signs in the user of an identity; null when no user has it.
 * @param account.step the ID of the step after which a new user chose a username, when this continues it
 * @throws CodeRequired while the user's two-factor authentication is on; Invalid when the account is disabled
 * @throws SignInExpired when the step was used before, or the provider has signed out the user
 */
export async function signInWithIdentity(
  deps: Deps,
  client: SignInClient,
  { identity, step = null }: Pick<NewUser, 'identity'> & { step?: string | null },
): Promise<SignedInView | null> {
  const { issuer, subject } = identity
  const found = await deps.orm.em.fork().findOne(IdentityEntity, { issuer, subject }, { populate: ['user'] })
  if (!found) return null
  const user = found.user as UserEntity
  if (user.disabledAt) {
    logSecurityEvent(deps, { event: 'sign-in', outcome: 'failed', method: 'openid', user: user.id })
    throw new Invalid({ form: 'account_disabled' })
  }
  return recordSignIn(deps, 'openid', {
    identify: async () => user,
    start: () =>
      requireTwoFactor(deps, { user: user.id, code: undefined, limit: codeLimit(client, user) }, (useCode) =>
        startSession(deps, user, { ...client, origin: originOf(identity) }, async (em) => {
          if (step !== null) await useSignUpStep(em, deps, step)
          await useCode(em)
        }),
      ),
  })
}

type NewUser = {
  identity: Identity
  /** The ID of the step in which the user chose the username. It is valid once. */
  step: string
  username: string
  displayName?: string | undefined
  /** The token of an invite. Only a new account uses it. */
  invite: string | null
}

/**
 * Creates an account for an identity and signs it in. Only signs in if there is one, which a concurrent request may have created.
 * @throws CodeRequired, SignUpClosed, InviteRequired, InvalidInvite, Invalid, SignInExpired
 */
export async function signUpWithIdentity(
  deps: Deps,
  client: SignInClient,
  account: NewUser,
): Promise<SignedInView> {
  const signIn = () => signInWithIdentity(deps, client, account)
  const signedIn = await signIn()
  if (signedIn) return signedIn
  try {
    const user = await countAttempt(deps.limits, { rule: 'signUp', key: client.address }, () =>
      createUserOf(deps, account),
    )
    logSecurityEvent(deps, { event: 'sign-up', outcome: 'succeeded', method: 'openid', user: user.id })
    return await startSession(deps, user, { ...client, origin: originOf(account.identity) })
  } catch (error) {
    // A concurrent request may have created the account, and used the invite or the username.
    const signedIn = error instanceof Invalid ? await signIn() : null
    if (signedIn) return signedIn
    throw error
  }
}

/**
 * Creates a user without a password. The provider's verified email address becomes the user's unless another user has it; an
 * address never finds an account.
 */
async function createUserOf(
  deps: Deps,
  { identity, step, invite: token, ...input }: NewUser,
): Promise<UserEntity> {
  checkSignUp(deps.config, { withInvite: token !== null })
  const { issuer, subject, email } = identity
  const invite = token === null ? null : await findInvite(deps, token)
  return createUser(
    deps,
    { ...input, password: null },
    {
      afterCreate: async (em, user) => {
        await checkNotSignedOut(em, originOf(identity))
        await useSignUpStep(em, deps, step)
        if (invite) await consumeInvite(em, deps, { invite, user: user.id })
        await em.insert(IdentityEntity, { issuer, subject, user: user.id, createdAt: deps.now() })
        if (email && (await em.count(UserEntity, { email })) === 0) user.email = email
        await em.flush()
      },
    },
  )
}

/** A valid username for a new account, from the provider's; empty when there is none. */
export function suggestUsername({ username, email }: Identity): string {
  const candidates = [username, username?.split('@')[0], email?.split('@')[0]]
  return candidates.find((name) => name && isUsername(name) && !isReserved(name)) ?? ''
}

/** Lets the identity sign in the user. @throws Invalid when it signs in another user; Unauthorized when the session has ended */
export async function linkIdentity(
  deps: Deps,
  me: Me,
  { identity: { issuer, subject }, language }: { identity: Identity; language: Language },
): Promise<void> {
  const createdAt = deps.now()
  try {
    await transaction(deps, async (em) => {
      const user = await lockSignedInUser(em, me, createdAt)
      await em.nativeDelete(IdentityEntity, { issuer, user: me.id })
      await em.insert(IdentityEntity, { issuer, subject, user: me.id, createdAt })
      await notifyAccountOwner(em, user, { about: 'identityLinked', language })
    })
    logSecurityEvent(deps, { event: 'identity-linked', outcome: 'succeeded', user: me.id })
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw new Invalid({ form: 'openid_taken' })
    throw error
  }
}

/** Removes the user's identities. @throws Invalid when nothing else signs in the user */
export async function unlinkIdentities(
  deps: Deps,
  me: Pick<Me, 'id'>,
  { language }: { language: Language },
): Promise<void> {
  const removed = await transaction(deps, async (em) => {
    const user = await lockUser(em, me.id)
    if ((await em.nativeDelete(IdentityEntity, { user: me.id })) === 0) return false
    await checkCanSignIn(em, deps, user)
    await notifyAccountOwner(em, user, { about: 'identityUnlinked', language })
    return true
  })
  if (removed) logSecurityEvent(deps, { event: 'identity-unlinked', outcome: 'succeeded', user: me.id })
}

/** The identities that sign in the user. */
export async function listIdentities({ orm }: Deps, me: Pick<Me, 'id'>): Promise<IdentityView[]> {
  const found = await orm.em.fork().find(IdentityEntity, { user: me.id }, { orderBy: { createdAt: 'asc' } })
  return found.map(({ issuer, subject, createdAt }) => ({
    issuer,
    subject,
    createdAt: createdAt.toISOString(),
  }))
}
