import type { Viewer } from '../../src/accounts/profile/schema.ts'
import type { PersonView } from '../../src/accounts/users/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { tags, text } from '../text/text.ts'
import { fullTime } from '../ui/time.ts'

/** The parts of the HTML export, a file that loads nothing and has its styles inline. */

/** Applies to the file wherever it is opened. */
const POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"

const STYLES = `
:root { color-scheme: light dark; --muted: light-dark(#52615b, #9eaca6); --line: light-dark(#dbe3df, #2a3330); }
body {
  max-width: 44rem;
  margin: 0 auto;
  padding: 2rem 1.25rem 4rem;
  background: light-dark(#ffffff, #151b19);
  color: light-dark(#13201b, #e7eeeb);
  font: 1rem / 1.5 system-ui, sans-serif;
  overflow-wrap: anywhere;
}
h1, h2, h3 { line-height: 1.25; }
h2 { margin-top: 2.5rem; padding-top: 1.5rem; border-top: 1px solid var(--line); font-size: 1.25rem; }
h3 { margin-top: 2rem; font-size: 1.0625rem; }
p { margin: 0.75rem 0; }
/* Stacked marks stay in their own message. */
h1, h3, p, li { overflow: clip; overflow-clip-margin: 0.25rem; }
header img { width: 5rem; height: 5rem; border-radius: 50%; object-fit: cover; }
header p, time, i { color: var(--muted); font-size: 0.875rem; }
header p { margin: 0.25rem 0; }
time { margin-inline-start: 0.5rem; }
`

export function ExportHead({ account, exportedAt, viewer }: HeadProps) {
  const { data: t, product } = text(viewer.language)
  return (
    <head>
      <meta charset="utf-8" />
      <meta http-equiv="Content-Security-Policy" content={POLICY} />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${product}: ${account.displayName}, ${t.exported(fullTime(exportedAt, viewer))}`}</title>
      {/* Not as a child, which would be escaped. */}
      <style dangerouslySetInnerHTML={{ __html: STYLES }} />
    </head>
  )
}

type HeadProps = { account: AccountProps['account']; exportedAt: string; viewer: Viewer }

type AccountProps = {
  account: PersonView & { email: string | null; createdAt: string }
  exportedAt: string
  viewer: Viewer
}

export function ExportAccount({ account, exportedAt, viewer }: AccountProps) {
  const { data: t } = text(viewer.language)
  const { username, displayName, email, createdAt, avatar } = account
  return (
    <header>
      {avatar && <img src={avatar} alt="" />}
      <h1>
        <bdi>{displayName}</bdi> (@{username})
      </h1>
      <p>{t.exported(fullTime(exportedAt, viewer))}</p>
      <p>{t.joined(fullTime(createdAt, viewer))}</p>
      {email && <p>{t.email(email)}</p>}
    </header>
  )
}

export function ExportMessage({ message, viewer }: { message: MessageView; viewer: Viewer }) {
  const { sender, body, createdAt, deletedAt } = message
  return (
    <p>
      <b>@{sender}</b> <time datetime={createdAt}>{fullTime(createdAt, viewer)}</time>
      <br />
      {deletedAt ? (
        <i>{text(viewer.language).conversation.messageDeleted}</i>
      ) : (
        <span dir="auto">{body.split(/\r\n?|\n/).map((line, place) => [place > 0 && <br />, line])}</span>
      )}
    </p>
  )
}

/** The opening `<html>` tag in the viewer's language; the caller closes it. */
export const exportHtml = ({ language }: Viewer) => `<!doctype html><html lang="${tags[language].html}">`
