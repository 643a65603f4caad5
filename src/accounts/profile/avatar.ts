import { createHash } from 'node:crypto'
import { transaction } from '../../database/orm.ts'
import { NotFound } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { AvatarEntity, UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { isUsername } from '../users/names.ts'
import { makePicture } from './picture.ts'

/** What is kept of a picture, and what changes with it. */
export type StoredPicture = { image: Uint8Array<ArrayBuffer>; hash: string }

/**
 * Puts a picture in the place of the one before.
 * @param bytes a PNG, JPEG, WebP or GIF
 * @throws Invalid, TooMany
 */
export async function setAvatar(deps: Deps, me: number, bytes: Uint8Array): Promise<void> {
  await deps.limits.take('avatar', String(me))
  const picture = await makePicture(bytes)
  const hash = createHash('sha256').update(picture).digest('hex').slice(0, 32)
  await transaction(deps, async (em) => {
    await lockUser(em, me)
    await em.upsert(AvatarEntity, { user: me, image: Buffer.from(picture) })
    await em.nativeUpdate(UserEntity, { id: me }, { avatar: hash })
  })
}

/** Takes it away. Repeating it does no harm. */
export async function removeAvatar(deps: Deps, me: number): Promise<void> {
  await transaction(deps, async (em) => {
    await em.nativeDelete(AvatarEntity, { user: me })
    await em.nativeUpdate(UserEntity, { id: me }, { avatar: null })
  })
}

/** @throws NotFound when there is nobody of that name, or no picture */
export async function getAvatar({ orm }: Deps, username: string): Promise<StoredPicture> {
  if (!isUsername(username)) throw new NotFound()
  const avatar = await orm.em
    .fork()
    .findOne(
      AvatarEntity,
      { user: { handle: username.toLowerCase(), disabledAt: null } },
      { populate: ['user'] },
    )
  const hash = avatar?.user.avatar
  if (!avatar || !hash) throw new NotFound()
  return { image: new Uint8Array(avatar.image), hash }
}
