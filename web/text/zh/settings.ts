import type { PageText } from '../en.ts'

/** 个人资料设置。 */
export const preferences: PageText['preferences'] = {
  email: '邮箱',
  emailHint: '用于重设密码，只有你和管理员能看到。留空则移除邮箱。',
  emailPending: (email) => `链接已发送至 ${email}，打开链接即可完成验证。`,
  emailSave: '更改邮箱',
  profile: '个人资料',
  appearance: '语言与外观',
  language: '语言',
  languageAuto: '自动（跟随浏览器）',
  theme: '主题',
  themeAuto: '跟随系统',
  themeLight: '浅色',
  themeDark: '深色',
  timeZone: '时区',
  timeZoneAuto: '自动（跟随此设备）',
  save: '保存',
  saved: '更改已保存。',
  back: '返回会话列表',
  thisBrowser: '此浏览器',
  thisBrowserHint: '只会在此浏览器退出登录。',
}

/** 设置分类。 */
export const sections: PageText['sections'] = {
  label: '设置分类',
  profile: '个人资料',
  security: '安全',
  passkeys: '通行密钥',
  twoFactor: '双重验证',
  tokens: 'API 令牌',
  invites: '邀请',
  data: '你的数据',
  blocked: '屏蔽名单',
}

/** 头像。 */
export const avatar: PageText['avatar'] = {
  title: '头像',
  choose: '选择图片',
  hint: 'PNG、JPEG、WebP 或 GIF，最大 5 MB。所有用户都能看到，图片会裁剪为圆形。',
  save: '上传图片',
  remove: '移除头像',
  saved: '头像已更新，所有用户都能看到。',
  removed: '头像已移除。',
}

/** 数据导出与账号注销。 */
export const data: PageText['data'] = {
  title: '你的数据',
  download: '下载你的数据',
  downloadHint: '包括账号、登录设备、通行密钥、API 令牌、邀请、屏蔽名单、举报记录，以及会话中的所有消息。',
  html: '便于阅读（HTML）',
  json: '供程序使用（JSON）',
  deleteAccount: '注销账号',
  deleteHint: [
    '你的昵称、邮箱、头像、笔记和设置会立即永久删除。请先下载要保留的内容。',
    '与你聊过天的人仍保留会话，你的名字会显示为“已注销的账号”。你的用户名不会再分配给其他人。',
  ],
  deleteButton: '永久注销账号',
  exported: (time) => `导出于 ${time}`,
  conversations: '会话',
  reports: '你举报的消息',
  joined: (time) => `注册于 ${time}`,
  email: (email) => `邮箱：${email}`,
  none: '无',
}
