import type { SignedInSessionView, Viewer } from '../../src/accounts/schema.ts'
import { text } from '../text/text.ts'
import { fullTime } from './time.ts'

type Props = {
  session: SignedInSessionView
  /** Its name, if other than its device. */
  name?: string | null
  /** The URL of the POST that ends it. */
  end: string
  viewer: Viewer
}

/** A session in a list, with a button to end it unless it is the current one. */
export function SessionItem({ session, name = session.device, end, viewer }: Props) {
  const { security: t } = text(viewer.language)
  const { address, createdAt, usedAt, current } = session
  const called = name ?? t.unknownDevice
  return (
    <li class="owned-row">
      <div>
        <p class="row-name">
          <bdi>{called}</bdi>
          {current && <strong class="tag">{t.thisBrowser}</strong>}
        </p>
        <p class="hint">{address}</p>
        <p class="hint">{t.signedInAt(fullTime(createdAt, viewer))}</p>
        {!current && <p class="hint">{t.lastUsed(fullTime(usedAt, viewer))}</p>}
      </div>
      {!current && (
        <form method="post" action={end}>
          <button class="button quiet" type="submit" aria-label={`${t.signOut}: ${called}`}>
            {t.signOut}
          </button>
        </form>
      )}
    </li>
  )
}
