import { sha256 } from '../../database/hash.ts'
import { transaction } from '../../database/orm.ts'
import { NotFound, TooManyRequests, Unavailable } from '../../http/errors.ts'
import type { Deps } from '../../process/deps.ts'
import { TimeoutError } from '../../process/timeout.ts'
import { WorkQueue } from '../../process/work-queue.ts'
import { UserEntity } from '../users/entity.ts'
import { lockUser } from '../users/lock-user.ts'
import { isUsername } from '../users/names.ts'
import { AvatarEntity } from './entity.ts'
import { makePicture } from './picture.ts'
import { UPLOAD_PACE } from './picture-limits.ts'

/** A stored picture, and the hash of its bytes. */
export type StoredPicture = { image: Uint8Array<ArrayBuffer>; hash: string }

/** Seconds until the previous upload of a user has probably ended. */
const UPLOAD_WAIT_S = 5

/** Uploads hold up to 5 MB of memory each. One user has at most one. */
const uploadQueue = new WorkQueue({ name: 'a picture', concurrency: 4, capacity: 30, retryAfter: 10 })
const uploading = new Set<number>()

/**
 * Sets or replaces the picture of the user `me`.
 * @param read reads a PNG, JPEG, WebP or GIF from the request, when it is its turn
 * @throws Invalid, TooManyRequests, Unavailable, and what `read` throws
 */
export async function setAvatar(deps: Deps, me: number, read: () => Promise<Uint8Array>): Promise<void> {
  if (uploading.has(me)) throw new TooManyRequests(UPLOAD_WAIT_S)
  uploading.add(me)
  try {
    const picture = await countWork(deps, me, (onWork) => uploadQueue.run(() => readPicture(read, onWork)))
    await storeAvatar(deps, me, picture)
  } finally {
    uploading.delete(me)
  }
}

/**
 * Counts against the limit before the picture is read, and takes that back when `work` failed before it called `onWork`: an empty
 * form and a full queue are no attempts.
 */
async function countWork<T>(
  { limits }: Deps,
  me: number,
  work: (onWork: () => void) => Promise<T>,
): Promise<T> {
  let counts = false
  await limits.take('avatar', String(me))
  const onWork = () => {
    counts = true
  }
  return work(onWork).catch(async (error) => {
    if (!counts) await limits.refund('avatar', String(me))
    throw error
  })
}

/** @param onWork called before the picture is decoded, and for a slow upload, which has kept others waiting */
async function readPicture(read: () => Promise<Uint8Array>, onWork: () => void): Promise<Uint8Array> {
  const started = performance.now()
  const bytes = await read().catch((error) => {
    const isLate = error instanceof TimeoutError
    if (isLate || performance.now() - started >= UPLOAD_PACE.graceMs) onWork()
    throw isLate ? new Unavailable('The picture arrived too slowly.') : error
  })
  return makePicture(bytes, { onStart: onWork })
}

async function storeAvatar(deps: Deps, me: number, picture: Uint8Array): Promise<void> {
  const hash = sha256(picture).slice(0, 32)
  await transaction(deps, async (em) => {
    await lockUser(em, me)
    await em.upsert(AvatarEntity, { user: me, image: Buffer.from(picture) })
    await em.nativeUpdate(UserEntity, { id: me }, { avatar: hash })
  })
}

/** Removes the picture of the user `me`, if there is one. */
export async function removeAvatar(deps: Deps, me: number): Promise<void> {
  await transaction(deps, async (em) => {
    await em.nativeDelete(AvatarEntity, { user: me })
    await em.nativeUpdate(UserEntity, { id: me }, { avatar: null })
  })
}

/**
 * A user's picture.
 * @param isCached whether the caller has the picture with a hash; `image` is then null
 * @throws NotFound when there is no such user, or no picture
 */
export async function getAvatar(
  { orm }: Deps,
  username: string,
  isCached: (hash: string) => boolean,
): Promise<StoredPicture | { image: null; hash: string }> {
  if (!isUsername(username)) throw new NotFound()
  const owner = { handle: username.toLowerCase(), disabledAt: null }
  const em = orm.em.fork()
  const user = await em.findOne(UserEntity, owner, { fields: ['avatar'] })
  if (!user?.avatar) throw new NotFound()
  if (isCached(user.avatar)) return { image: null, hash: user.avatar }
  const avatar = await em.findOne(AvatarEntity, { user: owner }, { populate: ['user'] })
  const hash = avatar?.user.avatar
  if (!avatar || !hash) throw new NotFound()
  return { image: new Uint8Array(avatar.image), hash }
}
