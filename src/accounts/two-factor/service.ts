import { type Orm, transaction } from '../../database/orm.ts'
import { Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { logSecurityEvent } from '../../process/security-event.ts'
import type { Language } from '../profile/schema.ts'
import type { Me } from '../sessions/session.ts'
import { countGuess, type GuessLimit, sessionCodeLimit } from '../sign-in/guesses.ts'
import type { UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { notifyAccountOwner } from '../users/notify-owner.ts'
import { hashRecoveryCode, newRecoveryCodes, newSecret, setupUri, stepOf } from './codes.ts'
import { RecoveryCodeEntity, TotpEntity } from './entity.ts'
import { CodeRequired, TwoFactorIsOff, TwoFactorIsOn, WrongCode } from './errors.ts'
import type { TwoFactorView } from './schema.ts'

/** Milliseconds to complete the setup, after which the password must be confirmed again. */
const SETUP = 15 * 60 * 1000

/** The secret for an authenticator app, and a URI that contains it. */
export type SetupView = { secret: string; uri: string }

const CONFIRMED = { confirmedAt: { $ne: null } }

/** The state of a user's two-factor authentication. */
export async function getTwoFactor({ orm }: Deps, me: Pick<Me, 'id'>): Promise<TwoFactorView> {
  const em = orm.em.fork()
  const totp = await em.findOne(TotpEntity, { user: me.id, ...CONFIRMED }, { fields: ['confirmedAt'] })
  return {
    on: totp !== null,
    since: totp?.confirmedAt?.toISOString() ?? null,
    recoveryCodesLeft: totp ? await em.count(RecoveryCodeEntity, { user: me.id }) : 0,
  }
}

/** Whether a change of the account must be confirmed with a code, too. */
export async function needsCode({ orm }: Deps, me: Pick<Me, 'id'>): Promise<boolean> {
  return (await orm.em.fork().count(TotpEntity, { user: me.id, ...CONFIRMED })) > 0
}

/**
 * Starts the setup of an app. Replaces an unfinished setup.
 * @param user a user who has just confirmed the password
 * @throws TwoFactorIsOn
 */
export async function startTwoFactorSetup(deps: Deps, user: UserEntity): Promise<SetupView> {
  const secret = newSecret()
  await transaction(deps, async (em) => {
    await lockUser(em, user.id)
    if (await em.count(TotpEntity, { user: user.id, ...CONFIRMED })) throw new TwoFactorIsOn()
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

/** The setup that can still be confirmed; null without one. */
export async function pendingSetup(deps: Deps, me: Pick<Me, 'id' | 'username'>): Promise<SetupView | null> {
  const totp = await findPending(deps, deps.orm.em.fork(), me.id)
  return totp && setupOf(deps, me, totp.secret)
}

/**
 * Turns on two-factor authentication, with a first code from the app. Returns the recovery codes, which cannot be read again.
 * @throws Invalid, TooManyRequests
 */
export async function confirmTwoFactorSetup(
  deps: Deps,
  me: Pick<Me, 'id' | 'session'>,
  { code, language }: { code: string; language: Language },
): Promise<string[]> {
  const confirm = () =>
    transaction(deps, async (em) => {
      const user = await lockUser(em, me.id)
      const totp = await findPending(deps, em, me.id)
      if (!totp) throw new Invalid({ code: 'setup_expired' })
      const lastStep = stepOf(totp.secret, digitsOf(code), deps.now())
      if (lastStep === null) throw new WrongCode()
      await em.nativeUpdate(TotpEntity, { user: me.id }, { confirmedAt: deps.now(), lastStep })
      await notifyAccountOwner(em, user, { about: 'twoFactorOn', language })
      return replaceCodes(em, me.id)
    })
  const codes = await countGuess(deps.limits, [sessionCodeLimit(me)], confirm).catch((error) => {
    // 422 instead of 401, because the session is valid.
    throw error instanceof WrongCode ? new Invalid(error.fields) : error
  })
  logSecurityEvent(deps, { event: 'two-factor-on', outcome: 'succeeded', user: me.id })
  return codes
}

/**
 * Replaces all recovery codes.
 * @param user a user who has just confirmed the password
 * @throws TwoFactorIsOff
 */
export async function renewRecoveryCodes(deps: Deps, user: UserEntity): Promise<string[]> {
  return transaction(deps, async (em) => {
    await lockUser(em, user.id)
    if (!(await em.count(TotpEntity, { user: user.id, ...CONFIRMED }))) throw new TwoFactorIsOff()
    return replaceCodes(em, user.id)
  })
}

/**
 * Turns off two-factor authentication.
 * @param user a user who has just confirmed the password
 * @param language of the mail when the user has not chosen one
 */
export async function disableTwoFactor(deps: Deps, user: UserEntity, language: Language): Promise<void> {
  const removed = await transaction(deps, async (em) => {
    const wasOn = await removeSecondFactors(em, user.id)
    if (wasOn) await notifyAccountOwner(em, user, { about: 'twoFactorOff', language })
    return wasOn
  })
  if (removed) logSecurityEvent(deps, { event: 'two-factor-off', outcome: 'succeeded', user: user.id })
}

/** Deletes secret and recovery codes; returns whether two-factor authentication was on. The caller notifies the owner. */
export async function removeSecondFactors(em: Orm['em'], user: number): Promise<boolean> {
  const wasOn = await em.nativeDelete(TotpEntity, { user, ...CONFIRMED })
  await em.nativeDelete(TotpEntity, { user })
  await em.nativeDelete(RecoveryCodeEntity, { user })
  return wasOn > 0
}

/** Uses up a code, in the transaction of its effect. @throws WrongCode */
export type UseCode = (em: Orm['em']) => Promise<void>

/**
 * Requires the second factor after a correct password: a code from the app or a recovery code, each valid once. While two-factor
 * authentication is off, `useCode` has no effect.
 * @param options.limit counts wrong codes
 * @param run must call `useCode` in the transaction of its effect, so that a code is used up only together with the effect
 * @throws CodeRequired, WrongCode, TooManyRequests
 */
export async function requireTwoFactor<Result>(
  deps: Deps,
  { user, code, limit }: { user: number; code: string | undefined; limit: GuessLimit },
  run: (useCode: UseCode) => Promise<Result>,
): Promise<Result> {
  const totp = await deps.orm.em.fork().findOne(TotpEntity, { user, ...CONFIRMED })
  if (!totp) return run(async () => {})
  if (!code?.trim()) throw new CodeRequired(user)
  return countGuess(deps.limits, [limit], () =>
    run(async (em) => {
      const isValid = /^\d{6}$/.test(digitsOf(code))
        ? await useAppCode(em, deps, { user, secret: totp.secret, code: digitsOf(code) })
        : (await em.nativeDelete(RecoveryCodeEntity, { user, codeHash: hashRecoveryCode(code) })) === 1
      if (!isValid) throw new WrongCode()
    }),
  )
}

async function useAppCode(
  em: Orm['em'],
  { now }: Deps,
  { user, secret, code }: { user: number; secret: string; code: string },
): Promise<boolean> {
  const step = stepOf(secret, code, now())
  if (step === null) return false
  // Of two concurrent uses, one matches no row. Neither does a use after the secret was replaced.
  const older = { user, secret, lastStep: { $lt: step } }
  return (await em.nativeUpdate(TotpEntity, older, { lastStep: step })) === 1
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

function setupOf({ config }: Deps, { username }: Pick<UserEntity, 'username'>, secret: string): SetupView {
  const issuer = `ChatApp ${new URL(config.origin).hostname}`
  return { secret, uri: setupUri(secret, { issuer, username }) }
}

/** Removes spaces: apps show the digits in two groups. */
function digitsOf(code: string): string {
  return code.replace(/\s/g, '')
}
