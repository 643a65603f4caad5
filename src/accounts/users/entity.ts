import { defineEntity, p } from '@mikro-orm/core'
import { type ChallengePurpose, type Language, type LinkPurpose, type Theme, TOKEN_NAME } from '../schema.ts'

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.integer().unsigned().primary(),
    /** As it was typed at sign-up. */
    username: p.string().length(32),
    /** `username` in lower case: unique, and the order of the list of people. */
    handle: p.string().length(32).unique(),
    displayName: p.string().length(80),
    /** In lower case. Verified: its owner opened a link that was sent there. */
    email: p.string().length(254).strictNullable().unique(),
    passwordHash: p.string().length(255),
    role: p.string().length(16).$type<'user' | 'admin'>().default('user'),
    language: p.string().length(16).$type<Language>().strictNullable(),
    theme: p.string().length(16).$type<Theme>().strictNullable(),
    zone: p.string().length(64).strictNullable(),
    /** The hash of their picture, in lists without a look at `avatar`; null without one. */
    avatar: p.string().length(32).strictNullable(),
    createdAt: p.datetime().length(3),
    disabledAt: p.datetime().length(3).strictNullable(),
    /** What is left is a stump that what was said hangs on; it is disabled, too, and stays so. */
    deletedAt: p.datetime().length(3).strictNullable(),
  },
  // Whoever changes administrators locks them all, and nobody else.
  indexes: [{ properties: ['role'] }, { properties: ['createdAt'] }],
})
export class UserEntity extends UserSchema.class {}
UserSchema.setClass(UserEntity)

/**
 * A word somebody can be found by: the username, and each word of the display name, folded as `names.ts` says.
 * The primary key is in the order of a search, so that one reads a contiguous range however many people there are.
 */
const NameWordSchema = defineEntity({
  name: 'NameWord',
  tableName: 'name_word',
  properties: {
    word: p.string().length(80).primary(),
    user: () => p.manyToOne(UserEntity).primary().deleteRule('cascade').index(false),
  },
  indexes: [{ properties: ['user', 'word'] }],
})
export class NameWordEntity extends NameWordSchema.class {}
NameWordSchema.setClass(NameWordEntity)

/** Somebody's picture, as `avatar/picture.ts` makes it. */
const AvatarSchema = defineEntity({
  name: 'Avatar',
  tableName: 'avatar',
  properties: {
    user: () => p.oneToOne(UserEntity).primary().deleteRule('cascade'),
    image: p.blob(),
  },
})
export class AvatarEntity extends AvatarSchema.class {}
AvatarSchema.setClass(AvatarEntity)

/** The username of a deleted account: nobody else gets it, and who reads the database does not learn it. */
const RetiredNameSchema = defineEntity({
  name: 'RetiredName',
  tableName: 'retired_name',
  properties: {
    /** SHA-256 of the handle, in hexadecimal. */
    handleHash: p.string().length(64).primary(),
  },
})
export class RetiredNameEntity extends RetiredNameSchema.class {}
RetiredNameSchema.setClass(RetiredNameEntity)

const SessionSchema = defineEntity({
  name: 'Session',
  tableName: 'session',
  properties: {
    id: p.integer().unsigned().primary(),
    user: () => p.manyToOne(UserEntity).deleteRule('cascade'),
    /** SHA-256 of the secret in the token, in hexadecimal: who reads the database can't sign in with it. */
    secretHash: p.string().length(64).unique(),
    /** What its owner calls it, if it is an API token; null for whoever signed in. */
    name: p.string().length(TOKEN_NAME).strictNullable(),
    createdAt: p.datetime().length(3),
    usedAt: p.datetime().length(3),
    expiresAt: p.datetime().length(3),
    userAgent: p.string().length(255),
    address: p.string().length(45),
  },
})
export class SessionEntity extends SessionSchema.class {}
SessionSchema.setClass(SessionEntity)

/** A single-use link: its row goes when it is used, so that it is there as long as it is worth something. */
const AccountLinkSchema = defineEntity({
  name: 'AccountLink',
  tableName: 'account_link',
  properties: {
    id: p.integer().unsigned().primary(),
    user: () => p.manyToOne(UserEntity).deleteRule('cascade'),
    purpose: p.string().length(16).$type<LinkPurpose>(),
    /** SHA-256 of the token in the link, in hexadecimal: who reads the database can't use it. */
    tokenHash: p.string().length(64).unique(),
    /** The address that the link verifies, in lower case; until then it is nobody's. */
    email: p.string().length(254).strictNullable(),
    expiresAt: p.datetime().length(3).index(),
  },
})
export class AccountLinkEntity extends AccountLinkSchema.class {}
AccountLinkSchema.setClass(AccountLinkEntity)

/** What somebody is asked, to be answered once and soon: its row goes when it is answered, well or not. */
const ChallengeSchema = defineEntity({
  name: 'Challenge',
  tableName: 'challenge',
  properties: {
    /** SHA-256 of it, in hexadecimal: who reads the database can't answer it. */
    hash: p.string().length(64).primary(),
    purpose: p.string().length(16).$type<ChallengePurpose>(),
    /** Whose answer counts; null when the answer says who it is. */
    user: () => p.manyToOne(UserEntity).deleteRule('cascade').strictNullable(),
    expiresAt: p.datetime().length(3).index(),
  },
})
export class ChallengeEntity extends ChallengeSchema.class {}
ChallengeSchema.setClass(ChallengeEntity)
