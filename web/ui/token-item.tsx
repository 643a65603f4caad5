import type { ApiTokenView } from '../../src/accounts/api-tokens/schema.ts'
import { PostButton } from './form.tsx'
import { OwnedRow } from './owned-row.tsx'
import { fullTime } from './time.ts'
import { useText } from './use-text.ts'
import { usePunctuation, useViewer } from './viewer.ts'

type Props = {
  token: ApiTokenView
  /** What to show instead of its name. */
  label?: string
  /** The URL of the POST that revokes it. */
  revoke: string
}

/** An API token in a list, with a button to revoke it. */
export function TokenItem({ token, label = token.name, revoke }: Props) {
  const { tokens: t } = useText()
  const { colon } = usePunctuation()
  const viewer = useViewer()
  const { createdAt, usedAt, expiresAt } = token
  const details = [
    t.createdAt(fullTime(createdAt, viewer)),
    usedAt ? t.lastUsed(fullTime(usedAt, viewer)) : t.neverUsed,
    t.expiresAt(fullTime(expiresAt, viewer)),
  ]
  return (
    <OwnedRow name={label} details={details}>
      <PostButton action={revoke} label={t.revoke + colon + token.name}>
        {t.revoke}
      </PostButton>
    </OwnedRow>
  )
}
