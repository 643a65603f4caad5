import { type Orm, transaction } from '../../database/orm.ts'
import { CodeRequired, Invalid, TwoFactorIsOff, TwoFactorIsOn, WrongCode } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import type { Language, TwoFactorView } from '../schema.ts'
import type { Me } from '../sessions/session.ts'
import type { UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { hashRecoveryCode, newRecoveryCodes, newSecret, setupUri, stepOf } from './codes.ts'
import { RecoveryCodeEntity, TotpEntity } from './entity.ts'

/** Milliseconds in which an app has to be set up: for as long the password counts as just proven. */
const SETUP = 15 * 60 * 1000

/** What an app is set up with: the secret, and the address that holds it. */
export type Setup = { secret: string; uri: string }

const ON = { confirmedAt: { $ne: null } }

/** Whether signing in with the password takes a code as well. */
export async function getTwoFactor({ orm }: Deps, me: Pick<Me, 'id'>): Promise<TwoFactorView> {
  const em = orm.em.fork()
  const totp = await em.findOne(TotpEntity, { user: me.id, ...ON }, { fields: ['confirmedAt'] })
  return {
    on: totp !== null,
    since: totp?.confirmedAt?.toISOString() ?? null,
    recoveryCodesLeft: totp ? await em.count(RecoveryCodeEntity, { user: me.id }) : 0,
  }
}

/**
 * Begins to set up an app; one that was begun before is forgotten.
 * @param user who just proved the password
 * @throws TwoFactorOn
 */
export async function startTwoFactorSetup(deps: Deps, user: UserEntity): Promise<Setup> {
  const secret = newSecret()
  await transaction(deps, async (em) => {
    await lockUser(em, user.id)
    if (await em.count(TotpEntity, { user: user.id, ...ON })) throw new TwoFactorIsOn()
    await em.nativeDelete(TotpEntity, { user: user.id })
    await em.insert(TotpEntity, {
      user: user.id,
      secret,
      createdAt: deps.now(),
      confirmedAt: null,
      lastStep: 0,
    })
  })
  return setupOf(deps, user, secret)
}

/** What was begun and can still be confirmed. */
export async function pendingSetup(deps: Deps, me: Pick<Me, 'id' | 'username'>): Promise<Setup | null> {
  const totp = await findPending(deps, deps.orm.em.fork(), me.id)
  return totp && setupOf(deps, me, totp.secret)
}

/**
 * Switches the second step on: the code shows that the app knows the secret. Answers the recovery codes, which are told
 * here and nowhere else.
 * @throws Invalid, TooMany
 */
export async function confirmTwoFactorSetup(
  deps: Deps,
  me: Pick<Me, 'id'>,
  { code, language }: { code: string; language: Language },
): Promise<string[]> {
  await deps.limits.take('code', String(me.id))
  const codes = await transaction(deps, async (em) => {
    const user = await lockUser(em, me.id)
    const totp = await findPending(deps, em, me.id)
    if (!totp) throw new Invalid({ code: 'setup_expired' })
    const lastStep = stepOf(totp.secret, digitsOf(code), deps.now())
    if (lastStep === null) throw new Invalid({ code: 'code_wrong' })
    await em.nativeUpdate(TotpEntity, { user: me.id }, { confirmedAt: deps.now(), lastStep })
    await notifyAccountOwner(em, user, { about: 'twoFactorOn', language })
    return replaceCodes(em, me.id)
  })
  await deps.limits.clear('code', String(me.id))
  return codes
}

/**
 * New recovery codes in the place of all that are left.
 * @param user who just proved the password
 * @throws TwoFactorOff
 */
export async function renewRecoveryCodes(deps: Deps, user: UserEntity): Promise<string[]> {
  return transaction(deps, async (em) => {
    await lockUser(em, user.id)
    if (!(await em.count(TotpEntity, { user: user.id, ...ON }))) throw new TwoFactorIsOff()
    return replaceCodes(em, user.id)
  })
}

/**
 * Switches the second step off: the password alone signs in, and so do passkeys, as before.
 * @param user who just proved the password
 * @param language of the mail about it, for somebody who chose none
 */
export async function disableTwoFactor(deps: Deps, user: UserEntity, language: Language): Promise<void> {
  await transaction(deps, async (em) => {
    const wasOn = await removeSecondFactors(em, user.id)
    if (wasOn) await notifyAccountOwner(em, user, { about: 'twoFactorOff', language })
  })
}

/** Forgets app and recovery codes; true when they were asked for. Whoever calls tells the owner. */
export async function removeSecondFactors(em: Orm['em'], user: number): Promise<boolean> {
  const wasOn = await em.nativeDelete(TotpEntity, { user, ...ON })
  await em.nativeDelete(TotpEntity, { user })
  await em.nativeDelete(RecoveryCodeEntity, { user })
  return wasOn > 0
}

/**
 * Lets somebody whose password was right go on: with the code of the app or a recovery code, each of which counts once, or
 * without one as long as the second step is off.
 * @throws CodeRequired, WrongCode, TooMany
 */
export async function verifyTwoFactor(deps: Deps, user: number, code: string | undefined): Promise<void> {
  const totp = await deps.orm.em.fork().findOne(TotpEntity, { user, ...ON })
  if (!totp) return
  if (!code?.trim()) throw new CodeRequired(user)
  await deps.limits.take('code', String(user))
  const isRight = /^\d{6}$/.test(digitsOf(code))
    ? await useAppCode(deps, totp, { user, code: digitsOf(code) })
    : await useRecoveryCode(deps, user, code)
  if (!isRight) throw new WrongCode()
  await deps.limits.clear('code', String(user))
}

async function useAppCode(
  { orm, now }: Deps,
  { secret }: TotpEntity,
  { user, code }: { user: number; code: string },
): Promise<boolean> {
  const step = stepOf(secret, code, now())
  if (step === null) return false
  // Of two at once, one finds an older step; and the secret is still the one that was looked at.
  const older = { user, secret, lastStep: { $lt: step } }
  return (await orm.em.fork().nativeUpdate(TotpEntity, older, { lastStep: step })) === 1
}

async function useRecoveryCode({ orm }: Deps, user: number, code: string): Promise<boolean> {
  const codeHash = hashRecoveryCode(code)
  return (await orm.em.fork().nativeDelete(RecoveryCodeEntity, { user, codeHash })) === 1
}

async function replaceCodes(em: Orm['em'], user: number): Promise<string[]> {
  const codes = newRecoveryCodes()
  await em.nativeDelete(RecoveryCodeEntity, { user })
  await em.insertMany(
    RecoveryCodeEntity,
    codes.map((code) => ({ user, codeHash: hashRecoveryCode(code) })),
  )
  return codes
}

function findPending({ now }: Deps, em: Orm['em'], user: number): Promise<TotpEntity | null> {
  const since = new Date(now().getTime() - SETUP)
  return em.findOne(TotpEntity, { user, confirmedAt: null, createdAt: { $gt: since } })
}

function setupOf({ config }: Deps, { username }: Pick<UserEntity, 'username'>, secret: string): Setup {
  const issuer = `ChatApp ${new URL(config.origin).hostname}`
  return { secret, uri: setupUri(secret, { issuer, username }) }
}

/** Apps show the digits in two groups. */
function digitsOf(code: string): string {
  return code.replace(/\s/g, '')
}
