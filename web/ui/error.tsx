import type { Viewer } from '../../src/accounts/profile/schema.ts'
import { chatPaths } from '../chat/paths.ts'
import { type Text, text } from '../text/text.ts'
import { Mark } from './icons.tsx'
import { useText } from './use-text.ts'

/** What an error page explains: an HTTP status, or a more precise cause. */
export type ErrorKind = keyof Text['status']

type Props = { status: number; kind?: ErrorKind | undefined }

const EXPLAINED = [403, 404, 413, 414, 429, 431] as const

const kindOf = (status: number): ErrorKind =>
  EXPLAINED.find((explained) => explained === status) ?? (status < 500 ? 400 : 500)

/** An error page with an explanation and a link. */
export function ErrorPage(props: Props) {
  return (
    <main id="main" class="error-page">
      <ErrorPane {...props} />
    </main>
  )
}

/** The content of `#main` only, for htmx. */
export function ErrorPane({ status, kind = kindOf(status) }: Props) {
  const t = useText()
  const [title, hint] = t.status[kind]
  return (
    <div class="blank">
      <Mark large />
      <p class="status-code">{status}</p>
      <h1>{title}</h1>
      <p>{hint}</p>
      <a class="button" href={chatPaths.home}>
        {kind === 'unknownPerson'
          ? t.conversation.back
          : kind === 'signUpClosed' || kind === 'inviteRequired' || kind === 'invalidInvite'
            ? t.recovery.backToSignIn
            : t.home}
      </a>
    </div>
  )
}

/** The title of the page. */
export const errorTitle = ({ status, kind = kindOf(status) }: Props, { language }: Viewer) =>
  text(language).status[kind][0]
