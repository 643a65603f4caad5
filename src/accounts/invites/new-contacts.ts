import { pairOf } from '../../conversations/lookup.ts'
import { type Param, prepared } from '../../database/prepared-query.ts'
import type { Deps } from '../../process/deps.ts'
import type { Me } from '../sessions/session.ts'
import type { PersonView } from '../users/schema.ts'

/** Maximum people listed. */
const MOST = 20

/**
 * The people whom an invite brought together with `me` and who have not exchanged a message yet: the inviter of `me`, and the
 * people whom `me` invited; the newest first.
 */
export async function listNewContacts({ orm }: Deps, me: Pick<Me, 'id'>): Promise<PersonView[]> {
  const rows = await findNewContacts(orm, { me: me.id })
  return rows.map(({ username, displayName, avatar }) => ({ username, displayName, avatar }))
}

const findNewContacts = prepared((db, param: Param<{ me: number }>) => {
  const me = param('me')
  const pair = pairOf('user.id', me)
  const contacts = db
    .selectFrom('invited_user')
    .where('inviter_id', '=', me)
    .select('user_id as id')
    .unionAll(db.selectFrom('invited_user').where('user_id', '=', me).select('inviter_id as id'))
  return db
    .selectFrom(contacts.as('contact'))
    .innerJoin('user', 'user.id', 'contact.id')
    .leftJoin('conversation', (join) =>
      join.on('low_id', '=', pair.low).on('high_id', '=', pair.high).on('last_seq', '>', 0),
    )
    .leftJoin('block', (join) =>
      join.onRef('block.blocked_id', '=', 'user.id').on('block.blocker_id', '=', me),
    )
    .where('user.disabled_at', 'is', null)
    .where('conversation.id', 'is', null)
    .where('block.blocked_id', 'is', null)
    .select(['user.username', 'user.display_name as displayName', 'user.avatar'])
    .orderBy('user.id', 'desc')
    .limit(MOST)
})
