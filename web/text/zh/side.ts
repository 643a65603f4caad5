import { UNREAD_LIMIT } from '../../../src/conversations/limits.ts'
import type { PageText } from '../en.ts'

/** 会话与联系人列表。 */
export const side: PageText['side'] = {
  label: '会话与联系人',
  yourSettings: (name) => `${name} 的设置`,
  search: '查找联系人',
  searchButton: '搜索',
  conversations: '会话',
  people: '联系人',
  searchResults: '搜索结果',
  noConversations: '还没有会话',
  noConversationsHint: '在下面选择联系人，打个招呼吧。',
  noPeople: '还没有其他人',
  noPeopleHint: '分享此网址，邀请其他人注册。',
  noMatch: (search) => `没有找到“${search}”`,
  noMatchHint: '试试用户名的开头，或昵称中的某个词。',
  noContacts: '还没有联系人',
  noContactsHint: '输入对方的完整用户名即可找到对方。',
  noExactMatchHint: '请输入完整的用户名。与你有会话的人也可以按昵称查找。',
  morePeople: '更多联系人',
  moreConversations: '更多会话',
  messageDeleted: '消息已删除',
  unread: (count) => (count >= UNREAD_LIMIT ? `超过 ${UNREAD_LIMIT - 1} 条未读消息` : `${count} 条未读消息`),
  timesInUtc: '时间为 UTC 时间，可在设置中选择时区。',
  sentByYou: (body) => `你：${body}`,
}

/** 未打开会话时显示。 */
export const empty: PageText['empty'] = {
  title: '想给谁发消息？',
  hint: '从列表中选择会话或联系人。',
}
