import type { Viewer } from '../../src/accounts/profile/schema.ts'
import type { PersonView } from '../../src/accounts/users/schema.ts'
import type { MessageView } from '../../src/messages/schema.ts'
import { tags, text } from '../text/text.ts'
import { fullTime } from '../ui/time.ts'

/** The parts of the HTML export, which has no styles and loads nothing. */

export function ExportHead({ account, exportedAt, viewer }: HeadProps) {
  const { data: t, product } = text(viewer.language)
  return (
    <head>
      <meta charset="utf-8" />
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <title>{`${product}: ${account.displayName}, ${t.exported(fullTime(exportedAt, viewer))}`}</title>
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
        <span dir="auto">{body.split('\n').map((line, place) => [place > 0 && <br />, line])}</span>
      )}
    </p>
  )
}

/** The opening `<html>` tag in the viewer's language; the caller closes it. */
export const exportHtml = ({ language }: Viewer) => `<!doctype html><html lang="${tags[language].html}">`
