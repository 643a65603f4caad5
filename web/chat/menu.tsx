import { MoreIcon } from '../ui/icons.tsx'
import { useChatText } from '../ui/viewer.ts'
import type { ConversationProps } from './conversation-props.ts'
import { chatPaths } from './paths.ts'

type Props = Pick<ConversationProps, 'person' | 'blocked' | 'gone'>

/** The menu of actions on the person. It works without JavaScript. */
export function Menu({ person, blocked, gone }: Props) {
  const t = useChatText().conversation
  return (
    <>
      <button class="icon-button" type="button" popovertarget="menu" aria-label={t.more} title={t.more}>
        <MoreIcon />
      </button>
      <div id="menu" class="menu" popover="auto">
        <a href={chatPaths.report(person.username)}>{t.report}</a>
        {!gone && <BlockForm person={person} blocked={blocked} />}
      </div>
    </>
  )
}

/** Shown instead of the composer when messages would be rejected. */
export function ComposerClosed({ person, blocked, gone }: Props) {
  const t = useChatText().conversation
  return (
    <div class="closed">
      <p>{blocked ? t.blockedByYou(person.displayName) : gone ? t.accountDeleted : t.cannotMessage}</p>
      {blocked && <BlockForm person={person} blocked />}
    </div>
  )
}

/** Reloads the page; the draft is kept. */
function BlockForm({ person, blocked }: Props) {
  const t = useChatText().conversation
  const action = blocked ? chatPaths.unblock(person.username) : chatPaths.block(person.username)
  return (
    <form method="post" action={action}>
      <button class="text-button" type="submit">
        {blocked ? t.unblock : t.block}
      </button>
    </form>
  )
}
