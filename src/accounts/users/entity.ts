import { defineEntity, p } from '@mikro-orm/core'
import { DISPLAY_NAME } from '../limits.ts'
import type { Language, Theme } from '../profile/schema.ts'

const UserSchema = defineEntity({
  name: 'User',
  tableName: 'user',
  properties: {
    id: p.integer().unsigned().primary(),
    /** As typed at sign-up. */
    username: p.string().length(32),
    /** `username` in lower case. It is unique, and lists of people are in its order. */
    handle: p.string().length(32).unique(),
    displayName: p.string().length(DISPLAY_NAME),
    /** In lower case. It is verified: the user opened a link that was sent to it. */
    email: p.string().length(254).strictNullable().unique(),
    passwordHash: p.string().length(255),
    role: p.string().length(16).$type<'user' | 'admin'>().default('user'),
    language: p.string().length(16).$type<Language>().strictNullable(),
    theme: p.string().length(16).$type<Theme>().strictNullable(),
    zone: p.string().length(64).strictNullable(),
    /** The hash of the picture, so that lists need not read the table `avatar`; null without a picture. */
    avatar: p.string().length(32).strictNullable(),
    /** Bytes of the messages that the user sent, in UTF-8, without the erased ones. New ones are added within seconds. */
    textBytes: p.bigint('number').default(0),
    createdAt: p.datetime().length(3),
    disabledAt: p.datetime().length(3).strictNullable(),
    /** The row of a deleted account remains, because messages refer to it. It is also disabled. */
    deletedAt: p.datetime().length(3).strictNullable(),
  },
  // A change of administrators locks the rows of all administrators, and no others.
  indexes: [{ properties: ['role'] }, { properties: ['createdAt'] }],
})
export class UserEntity extends UserSchema.class {}
UserSchema.setClass(UserEntity)

/**
 * A word by which people find a user: the username, or a word of the display name, folded by `names.ts`.
 * The primary key has the order of a search, which therefore reads one contiguous range.
 */
const NameWordSchema = defineEntity({
  name: 'NameWord',
  tableName: 'name_word',
  properties: {
    word: p.string().length(80).primary(),
    user: () => p.manyToOne(UserEntity).primary().index(false),
  },
  indexes: [{ properties: ['user', 'word'] }],
})
export class NameWordEntity extends NameWordSchema.class {}
NameWordSchema.setClass(NameWordEntity)

/**
 * The username of a deleted account. It cannot be used again, and the database does not reveal it. People who have a
 * conversation with the account find it under this name, too.
 */
const RetiredNameSchema = defineEntity({
  name: 'RetiredName',
  tableName: 'retired_name',
  properties: {
    /** SHA-256 of the handle, in hexadecimal. */
    handleHash: p.string().length(64).primary(),
    /** The ID of the tombstone. */
    user: p.integer().unsigned(),
  },
})
export class RetiredNameEntity extends RetiredNameSchema.class {}
RetiredNameSchema.setClass(RetiredNameEntity)

/** The purpose of a single-use link: resetting a password, or verifying an email address. */
export const LINK_PURPOSES = ['reset', 'verify'] as const
export type LinkPurpose = (typeof LINK_PURPOSES)[number]

/** A single-use link. Its row is deleted when it is used. */
const AccountLinkSchema = defineEntity({
  name: 'AccountLink',
  tableName: 'account_link',
  properties: {
    id: p.integer().unsigned().primary(),
    user: () => p.manyToOne(UserEntity),
    purpose: p.string().length(16).$type<LinkPurpose>(),
    /** SHA-256 of the token in the link, in hexadecimal. This row alone does not allow using the link. */
    tokenHash: p.string().length(64).unique(),
    /** The address that the link verifies, in lower case. */
    email: p.string().length(254).strictNullable(),
    expiresAt: p.datetime().length(3).index(),
  },
})
export class AccountLinkEntity extends AccountLinkSchema.class {}
AccountLinkSchema.setClass(AccountLinkEntity)
