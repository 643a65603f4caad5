import { REASON_LIMIT } from '../../../src/moderation/limits.ts'
import type { PageText } from '../en.ts'

/** 屏蔽名单。 */
export const blocked: PageText['blocked'] = {
  title: '屏蔽名单',
  hint: '你们无法互相发消息。对方不会收到通知，但给你发消息时会发现。',
  none: '你没有屏蔽任何人。',
  unblock: '取消屏蔽',
}

/** 举报。 */
export const report: PageText['report'] = {
  title: '举报消息',
  back: '返回会话',
  hint: '管理员会看到这条消息及其前后的消息，发送者不会收到通知。',
  whichMessage: '哪一条消息？',
  earlier: '更早的消息',
  noMessages: (name) => `${name} 还没有给你发过消息。`,
  reason: '举报原因',
  reasonHint: `最多 ${REASON_LIMIT.toLocaleString('en')} 个字符。`,
  send: '举报',
  thanks: '举报已提交，管理员会尽快查看。谢谢！',
  thanksHint: (name) => `不想再收到 ${name} 的消息？打开会话，选择“更多”›“屏蔽”。`,
}
