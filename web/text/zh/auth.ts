import { PASSWORD_LENGTH } from '../../../src/accounts/limits.ts'
import type { PageText } from '../en.ts'

/** 登录与注册。 */
export const account: PageText['account'] = {
  tagline: '只属于你们两个人。',
  pitch: '选一个人，开始聊天。没有信息流，没有频道，服务器由你掌控。',
  signIn: '登录',
  signInLead: '欢迎回来。',
  signUp: '创建账号',
  signUpLead: '只需用户名和密码。',
  newHere: '还没有账号？',
  haveAccount: '已有账号？',
  username: '用户名',
  usernameHint: '3 到 32 个英文字母、数字、点、短横线或下划线',
  displayName: '昵称',
  displayNameHint: '其他人看到的名字，留空则显示用户名。',
  email: '邮箱',
  emailHint: '用于重设密码，只有你和管理员能看到。我们会发送验证链接。',
  forgot: '忘记密码？',
  passwordReset: '密码已更改，请用新密码登录。',
  accountDeleted: '账号已注销。',
  password: '密码',
  currentPassword: '当前密码',
  passwordHint: `至少 ${PASSWORD_LENGTH.least} 个字符`,
  sampleMessages: ['中午一起吃饭？', '马上到！', '老地方见 🌿'],
}

/** 重设密码与验证邮箱。 */
export const recovery: PageText['recovery'] = {
  forgot: '忘记密码？',
  forgotLead: '我们会向你的邮箱发送重设密码的链接。',
  address: '账号邮箱',
  send: '发送链接',
  sent: '请查看邮箱',
  sentLead: '如果这个邮箱已绑定账号，我们已向它发送链接，30 分钟内有效。没有收到？请查看垃圾邮件。',
  noAddress: '账号没有绑定邮箱？请联系管理员获取重设链接。',
  requestNewLink: '重新获取链接',
  backToSignIn: '返回登录',
  reset: '设置新密码',
  resetLead: '所有设备都会退出登录，请用新密码重新登录。',
  newPassword: '新密码',
  change: '更改密码',
  verify: '验证邮箱',
  verifyLead: (email, username) => `将 ${email} 绑定到 @${username}，用于重设密码？`,
  verifyButton: '验证邮箱',
  verified: '邮箱已验证',
  verifiedLead: '忘记密码时，我们会向这个邮箱发送重设链接。',
  invalid: '链接已失效',
  invalidLead: '链接已使用、已过期或不完整，请重新获取。',
}

/** 通过 OpenID Connect 登录，`name` 为提供方的名称。 */
export const openId: PageText['openId'] = {
  signIn: (name) => `使用 ${name} 登录`,
  continue: (name) => `使用 ${name} 继续`,
  signUpLead: (name) => `你将通过 ${name} 登录。请选择其他人看到的用户名。`,
  haveAccount: '已有账号？请先登录，再在设置中关联。',
  title: (name) => `使用 ${name} 登录`,
  manage: (name) => `用 ${name} 代替密码登录。`,
  change: '更改',
  linkLead: (name) => `关联你的 ${name} 账号后即可用它登录。你需要先在那里登录。`,
  isLinked: (name) => `你可以使用 ${name} 账号登录。`,
  link: (name) => `关联 ${name}`,
  unlink: (name) => `取消关联 ${name}`,
  linked: (name) => `现在可以使用 ${name} 登录。`,
  unlinked: (name) => `不能再使用 ${name} 登录。`,
  back: '返回安全设置',
  confirm: '为了安全，需要在最近 10 分钟内登录过。',
  again: '重新登录',
}
