import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { useChatText } from '../ui/viewer.ts'
import type { ConversationProps } from './conversation-props.ts'
import { chatPaths, withQuery } from './paths.ts'

type Props = Pick<ConversationProps, 'person' | 'previous' | 'actions'> & {
  scroller: RefObject<HTMLElement | null>
  onBusy(busy: boolean): void
}

/** The link to earlier messages, which loads them when it comes near the view. */
export function EarlierMessages({ person, previous, actions, scroller, onBusy }: Props) {
  const t = useChatText().conversation
  const link = useRef<HTMLAnchorElement>(null)
  const [state, setState] = useState<'idle' | 'loading' | 'failed'>('idle')

  const load = async () => {
    if (!actions || state === 'loading') return
    setState('loading')
    onBusy(true)
    const failed = await actions.loadEarlier().then(
      () => false,
      () => true,
    )
    setState(failed ? 'failed' : 'idle')
    onBusy(false)
  }

  useEffect(() => {
    // After a failure, only the user retries; else it would retry in a loop.
    if (!actions || state !== 'idle' || !link.current) return
    // On a busy page, several entries come in one call: only the last has the current position.
    const observer = new IntersectionObserver((looks) => looks.at(-1)?.isIntersecting && load(), {
      root: scroller.current,
      rootMargin: '600px 0px 0px 0px',
    })
    observer.observe(link.current)
    return () => observer.disconnect()
  }, [actions, previous, state])

  if (previous === null) return null
  return (
    <a
      ref={link}
      class="earlier"
      // Scrolling loads them. Focusing the link would scroll there, on the way to the composer.
      tabindex={actions && state !== 'failed' ? -1 : undefined}
      href={withQuery(chatPaths.chat(person.username), { before: previous })}
      onClick={(event) => {
        if (!actions) return
        event.preventDefault()
        load()
      }}
    >
      {state === 'loading' ? t.loadingEarlier : state === 'failed' ? t.earlierFailed : t.earlier}
    </a>
  )
}

/** The links from a page of history to later messages, for browsers without JavaScript. */
export function LaterMessages({ person, next }: Pick<ConversationProps, 'person' | 'next'>) {
  const t = useChatText().conversation
  if (!next) return null
  return (
    <a class="earlier" href={withQuery(chatPaths.chat(person.username), { after: next })}>
      {t.later}
    </a>
  )
}
