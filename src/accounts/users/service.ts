import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { type Orm, transaction } from '../../database/orm.ts'
import { type FieldCode, Invalid } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { checkEmail } from '../email/address.ts'
import { DISPLAY_NAME } from '../limits.ts'
import { checkName } from '../name.ts'
import { checkPassword } from '../password/check.ts'
import { hashPassword, verifyPassword } from '../password/hash.ts'
import { NameWordEntity, RetiredNameEntity, UserEntity } from './entity.ts'
import { WrongCredentials } from './errors.ts'
import { hashHandle, isTombstone, isUsername, nameWords, typedUsername } from './names.ts'
import { isReserved } from './reserved-names.ts'

/** The input of a sign-up. */
export type NewAccount = {
  username: string
  /** null for an account that another way signs in. */
  password: string | null
  displayName?: string | undefined
  email?: string | undefined
  role?: 'user' | 'admin' | undefined
}

type NewAccountOptions = {
  /** Runs in the same transaction. */
  afterCreate?: (em: Orm['em'], user: UserEntity) => Promise<void>
  /** The username may be a reserved one such as `support`. */
  allowReserved?: boolean
}

/**
 * Creates an account. The email address is validated, but not stored: it must be verified first.
 * @throws Invalid with all invalid fields, including a username that is `taken`
 */
export async function createUser(
  deps: Deps,
  input: NewAccount,
  { afterCreate, allowReserved = false }: NewAccountOptions = {},
): Promise<UserEntity> {
  const { username, ...checked } = await checkAll({
    username: () => checkUsername(input.username, allowReserved),
    displayName: () => checkDisplayName(input.displayName),
    email: () => checkEmail(input.email),
    password: () => input.password !== null && checkPassword(deps, input.password, input),
  })
  const displayName = checked.displayName ?? username
  // Empty: no password matches.
  const passwordHash = input.password === null ? '' : await hashPassword(input.password)
  const handle = username.toLowerCase()
  try {
    return await transaction(deps, async (em) => {
      const user = em.create(UserEntity, {
        username,
        handle,
        displayName,
        email: null,
        passwordHash,
        role: input.role ?? 'user',
        createdAt: deps.now(),
      })
      await em.flush()
      await em.insertMany(
        NameWordEntity,
        nameWords(username, displayName).map((word) => ({ word, user: user.id })),
      )
      // After the insert, which waits until a concurrent deletion of that name is committed.
      if (await em.count(RetiredNameEntity, { handleHash: hashHandle(handle) }))
        throw new Invalid({ username: 'taken' })
      await afterCreate?.(em, user)
      return user
    })
  } catch (error) {
    if (error instanceof UniqueConstraintViolationException) throw new Invalid({ username: 'taken' })
    throw error
  }
}

/** Returns the user. @throws WrongCredentials, with the same cost for an unknown username and a wrong password */
export async function checkCredentials(
  { orm }: Deps,
  { password, ...typed }: { username: string; password: string },
): Promise<UserEntity> {
  const username = typedUsername(typed.username)
  const user = isUsername(username)
    ? await orm.em.fork().findOne(UserEntity, { handle: username.toLowerCase(), deletedAt: null })
    : null
  const matches = await verifyPassword(user?.passwordHash, password)
  if (!user || !matches || user.disabledAt) throw new WrongCredentials(user?.id)
  return user
}

/** Updates the search index for a new display name. */
export async function replaceNameWords(em: Orm['em'], user: UserEntity, displayName: string): Promise<void> {
  await em.nativeDelete(NameWordEntity, { user: user.id })
  await em.insertMany(
    NameWordEntity,
    nameWords(user.username, displayName).map((word) => ({ word, user: user.id })),
  )
}

type Checked<Checks> = {
  [Field in keyof Checks]: Checks[Field] extends () => infer Value ? Awaited<Value> : never
}

/**
 * Runs all checks and returns their results.
 * @throws Invalid with the errors of all checks
 */
export async function checkAll<Checks extends Record<string, () => unknown>>(
  checks: Checks,
): Promise<Checked<Checks>> {
  const faults: Record<string, FieldCode> = {}
  const values: Record<string, unknown> = {}
  for (const [field, check] of Object.entries(checks)) {
    try {
      values[field] = await check()
    } catch (error) {
      if (!(error instanceof Invalid)) throw error
      Object.assign(faults, error.fields)
    }
  }
  if (Object.keys(faults).length > 0) throw new Invalid(faults)
  return values as Checked<Checks>
}

function checkUsername(typed: string, allowReserved: boolean): string {
  const username = typedUsername(typed)
  if (!isUsername(username)) throw new Invalid({ username: 'username' })
  if (isTombstone(username)) throw new Invalid({ username: 'taken' })
  if (!allowReserved && isReserved(username)) throw new Invalid({ username: 'username_reserved' })
  return username
}

/**
 * Normalizes a display name; null when it is empty, for the username.
 * @throws Invalid
 */
export function checkDisplayName(text: string | undefined): string | null {
  return (
    checkName(text ?? '', { field: 'displayName', longest: DISPLAY_NAME, code: 'display_name_long' }) || null
  )
}
