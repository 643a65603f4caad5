import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { parseId } from '../../database/ids.ts'
import { transaction } from '../../database/orm.ts'
import { Invalid, NotFound } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import { MAX_PASSKEYS, PASSKEY_NAME } from '../limits.ts'
import { checkLabel } from '../name.ts'
import type { Language } from '../profile/schema.ts'
import type { Me } from '../sessions/session.ts'
import { consumeChallenge, createChallenge } from '../sign-in/challenge.ts'
import type { UserEntity } from '../users/entity.ts'
import { lockSignedInUser, lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { checkCanSignIn } from '../users/ways-to-sign-in.ts'
import { PasskeyEntity } from './entity.ts'
import { WrongPasskey } from './errors.ts'
import type { NewCredentialView, PasskeyView, UsedCredentialView } from './schema.ts'
import {
  challengeIn,
  creationOptions,
  requestOptions,
  userHandle,
  verifyCreation,
  verifyUse,
} from './webauthn.ts'

/** A user's passkeys, newest first. */
export async function listPasskeys({ orm }: Deps, me: Pick<Me, 'id'>): Promise<PasskeyView[]> {
  const passkeys = await orm.em.fork().find(PasskeyEntity, { user: me.id }, { orderBy: { id: 'desc' } })
  return passkeys.map(passkeyView)
}

/**
 * One passkey of the user `me`.
 * @throws NotFound, also for the passkey of another user
 */
export async function getPasskey({ orm }: Deps, me: Pick<Me, 'id'>, id: string): Promise<PasskeyView> {
  const passkey = await orm.em.fork().findOne(PasskeyEntity, { id: parseId(id), user: me.id })
  if (!passkey) throw new NotFound()
  return passkeyView(passkey)
}

/**
 * Options for a browser to create a passkey with. They are valid once, for five minutes.
 * @param user a user who has just confirmed the password
 * @throws Invalid
 */
export async function startPasskeyCreation(deps: Deps, user: UserEntity) {
  const passkeys = await deps.orm.em.fork().find(PasskeyEntity, { user: user.id })
  if (passkeys.length >= MAX_PASSKEYS) throw new Invalid({ password: 'passkey_many' })
  const challenge = await createChallenge(deps, { purpose: 'addPasskey', user: user.id })
  const known = passkeys.map(({ credentialId }) => credentialId)
  return creationOptions(deps.config, { user, known, challenge })
}

/**
 * Adds a passkey that a browser created.
 * @throws Invalid
 * @throws Unauthorized when the session of `me` was revoked in the meantime
 */
export async function addPasskey(
  deps: Deps,
  me: Pick<Me, 'id' | 'session'>,
  { name: text, credential, language }: { name: string; credential: NewCredentialView; language: Language },
): Promise<PasskeyView> {
  const name = checkName(text)
  const challenge = challengeIn(credential.response.clientDataJSON)
  const use = { purpose: 'addPasskey', user: me.id } as const
  const isExpected = challenge !== null && (await consumeChallenge(deps, challenge, use))
  const created = isExpected ? await verifyCreation(deps.config, credential, challenge) : null
  if (!created || created.credentialId.length > 512) throw new Invalid({ credential: 'passkey_new' })
  try {
    const passkey = await transaction(deps, async (em) => {
      const user = await lockSignedInUser(em, me, deps.now())
      if ((await em.count(PasskeyEntity, { user: me.id })) >= MAX_PASSKEYS)
        throw new Invalid({ credential: 'passkey_many' })
      const passkey = em.create(PasskeyEntity, { ...created, user, name, createdAt: deps.now() })
      await em.flush()
      await notifyAccountOwner(em, user, { about: 'passkeyAdded', language })
      return passkey
    })
    logSecurityEvent(deps, { event: 'passkey-added', outcome: 'succeeded', user: me.id })
    return passkeyView(passkey)
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw new Invalid({ credential: 'passkey_new' })
    throw error
  }
}

/** @throws Invalid, NotFound */
export async function renamePasskey(
  deps: Deps,
  me: Pick<Me, 'id'>,
  { id, name: text }: { id: string; name: string },
): Promise<PasskeyView> {
  const name = checkName(text)
  await deps.orm.em.fork().nativeUpdate(PasskeyEntity, { id: parseId(id), user: me.id }, { name })
  return getPasskey(deps, me, id)
}

/**
 * Removes a passkey. Sessions that it started stay.
 * @param user a user who has just confirmed the password
 * @throws NotFound, also for the passkey of another user; Invalid when nothing else signs in the user
 */
export async function removePasskey(
  deps: Deps,
  user: UserEntity,
  { id, language }: { id: string; language: Language },
): Promise<void> {
  await transaction(deps, async (em) => {
    const owner = await lockUser(em, user.id)
    const removed = await em.nativeDelete(PasskeyEntity, { id: parseId(id), user: user.id })
    if (removed === 0) throw new NotFound()
    await checkCanSignIn(em, deps, owner)
    await notifyAccountOwner(em, user, { about: 'passkeyRemoved', language })
  })
  logSecurityEvent(deps, { event: 'passkey-removed', outcome: 'succeeded', user: user.id })
}

/** Options for a browser to sign in with any passkey of this site. The passkey identifies the user. */
export async function startPasskeySignIn(deps: Deps) {
  return requestOptions(deps.config, await createChallenge(deps, { purpose: 'usePasskey', user: null }))
}

/**
 * Verifies a passkey's signature; returns its user.
 * @throws WrongPasskey for every failure
 */
export async function checkPasskey(deps: Deps, credential: UsedCredentialView): Promise<UserEntity> {
  const { clientDataJSON, userHandle: handle } = credential.response
  const challenge = challengeIn(clientDataJSON)
  const use = { purpose: 'usePasskey', user: null } as const
  if (challenge === null || !(await consumeChallenge(deps, challenge, use))) throw new WrongPasskey()
  const em = deps.orm.em.fork()
  const passkey = await em.findOne(PasskeyEntity, { credentialId: credential.id }, { populate: ['user'] })
  if (!passkey) throw new WrongPasskey()
  const user = passkey.user as UserEntity
  if (user.disabledAt || (handle && handle !== userHandle(user.id).toString('base64url')))
    throw new WrongPasskey(user.id)
  const counter = await verifyUse(deps.config, credential, { challenge, passkey })
  if (counter === null) throw new WrongPasskey(user.id)
  // No row matches when the passkey was removed or its clone was used in the meantime.
  const unchanged = { id: passkey.id, counter: passkey.counter }
  if ((await em.nativeUpdate(PasskeyEntity, unchanged, { counter, usedAt: deps.now() })) !== 1)
    throw new WrongPasskey(user.id)
  return user
}

function checkName(text: string): string {
  return checkLabel(text, { longest: PASSKEY_NAME, code: 'passkey_name_long' })
}

function passkeyView({ id, name, createdAt, usedAt }: PasskeyEntity): PasskeyView {
  return {
    id: String(id),
    name,
    createdAt: createdAt.toISOString(),
    usedAt: usedAt?.toISOString() ?? null,
  }
}
