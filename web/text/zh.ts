// 简体中文。各功能的文字在同名文件夹中。
import type { PageText } from './en.ts'
import { admin } from './zh/admin.ts'
import { account, openId, recovery } from './zh/auth.ts'
import { errors, status } from './zh/errors.ts'
import { invites } from './zh/invites.ts'
import { mail } from './zh/mail.ts'
import { blocked, report } from './zh/safety.ts'
import { passkeys, security, tokens, twoFactor } from './zh/security.ts'
import { avatar, data, preferences, sections } from './zh/settings.ts'
import { empty, side } from './zh/side.ts'

/** 仅在服务器上使用的文字。 */
export const pages: PageText = {
  product: 'ChatApp',
  description: 'ChatApp 是可以自行部署的私密聊天工具。登录，选一个人，开始聊天。',
  skip: '跳到会话',
  signOut: '退出登录',
  settings: '设置',
  home: '首页',
  optional: '选填',
  cancel: '取消',
  checkFields: () => '请检查以下内容：',
  copy: '复制',
  copied: '已复制',
  deletedAccount: '已注销的账号',
  side,
  empty,
  account,
  openId,
  recovery,
  mail,
  preferences,
  sections,
  avatar,
  security,
  passkeys,
  twoFactor,
  tokens,
  invites,
  data,
  blocked,
  report,
  admin,
  status,
  errors,
}
