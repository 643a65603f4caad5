import type { PageText } from '../en.ts'

/** 邮件。 */
export const mail: PageText['mail'] = {
  greeting: (name) => `${name}，你好：`,
  from: (origin) => `此邮件由 ${origin} 上的 ChatApp 发送`,
  about: {
    reset: {
      subject: '重设 ChatApp 密码',
      lines: ['我们收到了重设密码的请求。请用下面的链接设置新密码。'],
      action: '设置新密码',
      after: ['链接只能使用一次，30 分钟内有效。如果不是你本人操作，请忽略此邮件，密码不会改变。'],
    },
    verify: {
      subject: '验证你的 ChatApp 邮箱',
      lines: ['请验证此邮箱，以便忘记密码时重设密码。'],
      action: '验证邮箱',
      after: ['链接只能使用一次，24 小时内有效。如果这不是你的账号，请忽略此邮件，你的邮箱不会被使用。'],
    },
    emailInUse: {
      subject: '你已有 ChatApp 账号',
      lines: [
        '有人尝试将此邮箱用于另一个账号。此邮箱已绑定你的账号，没有任何更改。',
        '如果是你本人操作且忘记了密码，可以设置新密码。',
      ],
      action: '设置新密码',
      after: ['如果不是你本人操作，请忽略此邮件。'],
    },
    passwordChanged: {
      subject: 'ChatApp 密码已更改',
      lines: ['你的账号密码已更改，其他设备均已退出登录。通行密钥仍然有效。'],
      action: '不是你本人操作？设置新密码',
      after: ['如果是你本人操作，请忽略此邮件。'],
    },
    tokenCreated: {
      subject: '你的 ChatApp 账号新增了一个 API 令牌',
      lines: ['在令牌过期或被你撤销之前，程序可以用它以你的身份读取和发送消息。'],
      action: '查看 API 令牌',
      after: ['如果是你创建的，请忽略此邮件。如果不是，请修改密码，这会撤销所有 API 令牌。'],
    },
    identityLinked: {
      subject: 'ChatApp 账号新增了一种登录方式',
      lines: ['已关联一个登录服务的账号，用它无需密码即可登录。'],
      action: '查看登录方式',
      after: ['如果是你本人操作，请忽略此邮件。否则，请取消关联、更改密码，并退出所有其他设备。'],
    },
    identityUnlinked: {
      subject: 'ChatApp 账号移除了一种登录方式',
      lines: ['登录服务的账号已不再关联。'],
      action: '查看登录方式',
      after: ['如果是你本人操作，请忽略此邮件。否则，请更改密码。'],
    },
    passkeyAdded: {
      subject: 'ChatApp 账号已添加通行密钥',
      lines: ['使用这个通行密钥，无需密码即可登录你的账号。'],
      action: '查看通行密钥',
      after: ['如果是你本人操作，请忽略此邮件。否则，请移除这个通行密钥、更改密码，并退出所有其他设备。'],
    },
    passkeyRemoved: {
      subject: 'ChatApp 账号已移除通行密钥',
      lines: ['这个通行密钥已不能用于登录，你也可以在设备上将其删除。'],
      action: '查看通行密钥',
      after: ['如果是你本人操作，请忽略此邮件。否则，请更改密码。'],
    },
    twoFactorOn: {
      subject: '双重验证已开启',
      lines: ['今后用密码登录 ChatApp 时，还需输入验证码。'],
      action: '查看设置',
      after: ['如果是你本人操作，请忽略此邮件。否则，请联系管理员。'],
    },
    twoFactorOff: {
      subject: '双重验证已关闭',
      lines: ['今后用密码登录 ChatApp 时，不再需要验证码。'],
      action: '查看设置',
      after: ['如果是你本人或管理员操作，请忽略此邮件。否则，请更改密码并重新开启双重验证。'],
    },
    emailChanged: {
      subject: 'ChatApp 邮箱已更改',
      lines: ['此邮箱已从你的账号中移除，或已被替换。', '如果不是你本人操作，请联系管理员。'],
      action: '打开 ChatApp',
      after: ['如果是你本人操作，请忽略此邮件。'],
    },
  },
}
