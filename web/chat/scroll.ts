import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ConversationProps } from './conversation-props.ts'

/** So close to the end, in pixels, counts as being there. */
const NEAR = 48

/**
 * Where the reader is in the log. The scroller is a reversed column: its origin is the end, so it opens there without a
 * script, and stays there while messages come. Away from the end, what the reader looks at must not move when something
 * is put in above or below it: `useLayoutEffect` holds it.
 */
export function useScroll(scroller: RefObject<HTMLElement | null>) {
  const [atEnd, setAtEnd] = useState(true)
  const held = useRef<{ element: Element; top: number } | null>(null)

  useEffect(() => {
    const element = scroller.current!
    const look = () => {
      const near = element.scrollTop > -NEAR
      setAtEnd(near)
      held.current = near ? null : firstInView(element)
    }
    look()
    element.addEventListener('scroll', look, { passive: true })
    return () => element.removeEventListener('scroll', look)
  }, [])

  useLayoutEffect(() => {
    const { element, top } = held.current ?? {}
    if (element?.isConnected) scroller.current!.scrollTop += element.getBoundingClientRect().top - top!
  })

  const toEnd = (behavior: ScrollBehavior = 'auto') => {
    held.current = null
    scroller.current?.scrollTo({ top: 0, behavior })
  }
  return { atEnd, toEnd }
}

function firstInView(scroller: HTMLElement) {
  const edge = scroller.getBoundingClientRect().top
  for (const element of scroller.querySelectorAll('.message')) {
    const { top, bottom } = element.getBoundingClientRect()
    if (bottom > edge) return { element, top }
  }
  return null
}

type Source = Pick<ConversationProps, 'me' | 'messages' | 'outbox' | 'readSeq' | 'actions'> & {
  atEnd: boolean
}

/**
 * What the reader has seen: moves the read mark while the end is in view on a page that is looked at, counts what came
 * meanwhile, and says where the line "new" stands. The line stays for as long as one looks, and goes with one's own answer.
 */
export function useReadMark({ me, messages, outbox, readSeq, actions, atEnd }: Source) {
  const lastSeq = messages.at(-1)?.seq ?? 0
  const isNew = (after: number) => messages.filter(({ seq, sender }) => seq > after && sender !== me.username)
  const [lineAfter, setLineAfter] = useState(() => (isNew(readSeq).length ? readSeq : null))
  const [seen, setSeen] = useState(readSeq)
  const looking = usePageVisible()
  const unseen = isNew(seen).length

  useEffect(() => {
    if (!actions || seen >= lastSeq) return
    if (atEnd && looking) {
      setSeen(lastSeq)
      if (unseen) actions.read(lastSeq)
    } else if (unseen && (lineAfter === null || lineAfter < seen)) setLineAfter(seen)
  }, [actions, atEnd, looking, lastSeq, seen, unseen])

  useEffect(() => {
    if (outbox.length) setLineAfter(null)
  }, [outbox.length])

  return { newFrom: lineAfter === null ? null : (isNew(lineAfter)[0]?.seq ?? null), unseen }
}

/** Whether somebody looks at this page: it is visible and has the focus. */
function usePageVisible() {
  const [looking, setLooking] = useState(false)
  useEffect(() => {
    const look = () => setLooking(document.visibilityState === 'visible' && document.hasFocus())
    look()
    const off = new AbortController()
    document.addEventListener('visibilitychange', look, off)
    addEventListener('focus', look, off)
    addEventListener('blur', look, off)
    return () => off.abort()
  }, [])
  return looking
}
