import { InvitedUserEntity, InviteEntity } from '../accounts/invites/entity.ts'
import { IdentityEntity } from '../accounts/openid/entity.ts'
import { PasskeyEntity } from '../accounts/passkeys/entity.ts'
import { AvatarEntity } from '../accounts/profile/entity.ts'
import { SessionEntity } from '../accounts/sessions/entity.ts'
import { ChallengeEntity } from '../accounts/sign-in/entity.ts'
import { RecoveryCodeEntity, TotpEntity } from '../accounts/two-factor/entity.ts'
import { AccountLinkEntity, NameWordEntity, RetiredNameEntity, UserEntity } from '../accounts/users/entity.ts'
import { AuditEntity } from '../admin/audit-log/entity.ts'
import { ConversationEntity, MemberEntity } from '../conversations/entity.ts'
import { JobEntity } from '../jobs/entity.ts'
import { MessageEntity } from '../messages/entity.ts'
import { BlockEntity, ReportEntity } from '../moderation/entity.ts'
import { LeaseEntity } from './lease-entity.ts'

/** All tables. */
export const entities = [
  UserEntity,
  NameWordEntity,
  AvatarEntity,
  RetiredNameEntity,
  SessionEntity,
  AccountLinkEntity,
  ChallengeEntity,
  PasskeyEntity,
  TotpEntity,
  RecoveryCodeEntity,
  InviteEntity,
  InvitedUserEntity,
  IdentityEntity,
  ConversationEntity,
  MemberEntity,
  MessageEntity,
  BlockEntity,
  ReportEntity,
  AuditEntity,
  JobEntity,
  LeaseEntity,
]
