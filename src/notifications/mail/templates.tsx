import { render } from 'preact-render-to-string'
import { paths } from '../../../web/paths.ts'
import { tags, text } from '../../../web/text/text.ts'
import type { Language } from '../../accounts/profile/schema.ts'
import type { Config } from '../../process/config.ts'

/** A mail to send: its subject matter, its recipient and the recipient's language. */
export type MailRequest = { to: string; language: Language; username: string; displayName: string } & (
  | { about: 'reset' | 'verify'; link: string }
  | { about: keyof typeof LINK_TARGETS }
)

/** The page that each notification links to. */
const LINK_TARGETS = {
  emailInUse: paths.forgotPassword,
  passwordChanged: paths.forgotPassword,
  emailChanged: paths.home,
  tokenCreated: paths.tokens,
  identityLinked: paths.openIdSettings,
  identityUnlinked: paths.openIdSettings,
  passkeyAdded: paths.passkeys,
  passkeyRemoved: paths.passkeys,
  twoFactorOn: paths.twoFactor,
  twoFactorOff: paths.twoFactor,
}

/** A rendered mail. */
export type Mail = { to: string; subject: string; text: string; html: string }

type Content = {
  language: Language
  greeting: string
  lines: string[]
  action: string
  link: string
  after: string[]
}

/** Renders a mail as text and as HTML, in the recipient's language. */
export function renderMail(request: MailRequest, { origin }: Pick<Config, 'origin'>): Mail {
  const { to, language } = request
  const t = text(language).mail
  const { subject, lines, action, after } = t.about[request.about]
  const link = 'link' in request ? request.link : origin + LINK_TARGETS[request.about]
  const content = {
    language,
    greeting: t.greeting(nameOf(request)),
    lines,
    action,
    link,
    after: [...after, t.from(origin)],
  }
  return {
    to,
    subject,
    text: [content.greeting, ...lines, `${action}:\n${link}`, ...content.after].join('\n\n'),
    html: `<!doctype html>${render(<Page {...content} />)}`,
  }
}

/**
 * The display name if it is only words, otherwise the username: an account can be created with another person's address, and
 * its name must not put a link or a telephone number into the mail to that person.
 */
function nameOf({ displayName, username }: Pick<MailRequest, 'displayName' | 'username'>): string {
  return /^(?:[\p{L}\p{M} '’-]|\.(?= |$))+$/u.test(displayName) ? displayName : username
}

const ground = 'margin:0;padding:24px 16px;font:16px/1.5 system-ui,sans-serif'
const button =
  'display:inline-block;padding:10px 20px;border-radius:8px;background:#0f6b52;color:#ffffff;font-weight:600;text-decoration:none'

/** Styles are inline, because mail programs drop style sheets. */
function Page({ language, greeting, lines, action, link, after }: Content) {
  return (
    <html lang={tags[language].html}>
      <head>
        <meta charset="utf-8" />
        <meta name="color-scheme" content="light dark" />
      </head>
      <body style={ground}>
        <div style="max-width:32rem;margin:0 auto">
          <p>{greeting}</p>
          {lines.map((line) => (
            <p key={line}>{line}</p>
          ))}
          <p style="margin:24px 0">
            <a href={link} style={button}>
              {action}
            </a>
          </p>
          <p style="font-size:13px;word-break:break-all">{link}</p>
          {after.map((line) => (
            <p key={line} style="font-size:13px">
              {line}
            </p>
          ))}
        </div>
      </body>
    </html>
  )
}
