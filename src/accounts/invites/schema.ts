import { type Static, t } from 'elysia'
import { Instant, pageSchema } from '../../http/schema.ts'
import { INVITE_DAYS, INVITE_NAME, INVITE_USES } from '../limits.ts'

const invite = {
  id: t.String({ description: 'Opaque.', examples: ['12'] }),
  name: t.Nullable(t.String({ examples: ['The book club'], description: 'Whom it is for, if named.' })),
  uses: t.Integer({ examples: [5], description: 'How many people may sign up with it.' }),
  used: t.Integer({ examples: [2], description: 'How many people have signed up with it.' }),
  createdAt: Instant,
  expiresAt: Instant,
}

export const Invite = t.Object(invite, {
  title: 'Invite',
  description:
    'A link to sign up. It is deleted at its last use. The link is returned only when it is created.',
  additionalProperties: false,
})
export type InviteView = Static<typeof Invite>

export const InvitePage = pageSchema(Invite, {
  title: 'InvitePage',
  description: 'One page of your invites, newest first.',
})
export type InvitePageView = Static<typeof InvitePage>

export const CreatedInvite = t.Object(
  {
    ...invite,
    link: t.String({
      description: 'Returned only here.',
      examples: ['https://chat.example.org/invite?token=mYVhHzC8lZ6RrJ1hCqk3y1gqz0i1oQb8Jx6H1d4vN2E'],
    }),
  },
  { title: 'CreatedInvite', description: 'An invite, and its link.', additionalProperties: false },
)
export type CreatedInviteView = Static<typeof CreatedInvite>

export const NewInvite = t.Object(
  {
    name: t.Optional(
      t.String({
        description: `Whom it is for; at most ${INVITE_NAME} characters. Only you and administrators see it.`,
        examples: ['The book club'],
      }),
    ),
    uses: t.Optional(
      t.Integer({
        minimum: INVITE_USES.least,
        maximum: INVITE_USES.most,
        description: 'How many people may sign up with it; 1 by default.',
        examples: [5],
      }),
    ),
    days: t.Optional(
      t.Integer({
        minimum: INVITE_DAYS.least,
        maximum: INVITE_DAYS.most,
        description: 'Days until it expires; 7 by default.',
        examples: [7],
      }),
    ),
  },
  { title: 'NewInvite', description: 'A new invite.', additionalProperties: false },
)
