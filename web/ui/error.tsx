import type { Viewer } from '../../src/accounts/profile/schema.ts'
import { chatPaths } from '../chat/paths.ts'
import { text } from '../text/text.ts'
import { Mark } from './icons.tsx'
import { useText } from './use-text.ts'

type ErrorStatus = 403 | 404 | 429 | 500

const known = (status: number): ErrorStatus =>
  status === 403 || status === 404 || status === 429 ? status : status < 500 ? 404 : 500

/** An error page with an explanation and a link. */
export function ErrorPage({ status }: { status: number }) {
  return (
    <main id="main" class="error-page">
      <ErrorPane status={status} />
    </main>
  )
}

/** The content of `#main` only, for htmx. */
export function ErrorPane({ status }: { status: number }) {
  const t = useText()
  const [title, hint] = t.status[known(status)]
  return (
    <div class="blank">
      <Mark large />
      <p class="status-code">{status}</p>
      <h1>{title}</h1>
      <p>{hint}</p>
      <a class="button" href={chatPaths.home}>
        {t.home}
      </a>
    </div>
  )
}

/** The title of the page. */
export const errorTitle = (status: number, { language }: Viewer) => text(language).status[known(status)][0]
