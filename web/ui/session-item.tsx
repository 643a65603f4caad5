import type { SignedInSessionView } from '../../src/accounts/sessions/schema.ts'
import { PostButton } from './form.tsx'
import { OwnedRow } from './owned-row.tsx'
import { fullTime } from './time.ts'
import { useText } from './use-text.ts'
import { usePunctuation, useViewer } from './viewer.ts'

type Props = {
  session: Omit<SignedInSessionView, 'usedAt'> & { usedAt: string | null }
  /** The URL of the POST that ends it. */
  end: string
}

/** A session in a list, with a button to end it unless it is the current one. */
export function SessionItem({ session, end }: Props) {
  const { security: t } = useText()
  const { colon } = usePunctuation()
  const viewer = useViewer()
  const { device, address, createdAt, usedAt, current } = session
  const shownName = device ?? t.unknownDevice
  const details = [address, t.signedInAt(fullTime(createdAt, viewer))]
  if (!current && usedAt) details.push(t.lastUsed(fullTime(usedAt, viewer)))
  return (
    <OwnedRow name={shownName} tag={current ? t.thisBrowser : null} details={details}>
      {!current && (
        <PostButton action={end} label={t.signOut + colon + shownName}>
          {t.signOut}
        </PostButton>
      )}
    </OwnedRow>
  )
}
