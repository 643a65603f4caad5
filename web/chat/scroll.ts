import type { RefObject } from 'preact'
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks'
import type { ConversationProps } from './conversation-props.ts'

/** The distance in pixels that still counts as the end. */
const NEAR = 48

/**
 * The scroll position in the log. The scroller is a reversed column: its origin is the end, so it opens there without a
 * script, and stays there while messages arrive. Away from the end, `useLayoutEffect` keeps the first visible message in
 * place when messages are inserted above or below it.
 */
export function useScroll(scroller: RefObject<HTMLElement | null>) {
  const [atEnd, setAtEnd] = useState(true)
  const held = useRef<{ element: Element; top: number } | null>(null)

  useEffect(() => {
    const element = scroller.current!
    const update = () => {
      const near = element.scrollTop > -NEAR
      setAtEnd(near)
      held.current = near ? null : firstInView(element)
    }
    update()
    element.addEventListener('scroll', update, { passive: true })
    // Without a scroll, too, the messages move: on a resize, or when the keyboard of a phone opens.
    const resizes = new ResizeObserver(update)
    resizes.observe(element)
    return () => {
      element.removeEventListener('scroll', update)
      resizes.disconnect()
    }
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

/** Searches the day, then its group, then the message: thousands of messages may be loaded. */
function firstInView(scroller: HTMLElement) {
  const edge = scroller.getBoundingClientRect().top
  let element: Element | undefined = scroller
  for (const part of ['.day', '.run', '.message']) {
    const parts: Element[] = [...(element?.querySelectorAll(part) ?? [])]
    element = parts.find((one) => one.getBoundingClientRect().bottom > edge)
  }
  return element ? { element, top: element.getBoundingClientRect().top } : null
}

type Source = Pick<ConversationProps, 'me' | 'messages' | 'outbox' | 'readSeq' | 'actions'> & {
  atEnd: boolean
}

/**
 * Moves the read mark while the end is in view and the page has the focus. Returns the number of unseen messages and the
 * `seq` of the message below the line "new", which stays until the user sends a message.
 */
export function useReadMark({ me, messages, outbox, readSeq, actions, atEnd }: Source) {
  const [firstSeq, lastSeq] = [messages[0]?.seq ?? 0, messages.at(-1)?.seq ?? 0]
  const newAfter = (after: number) =>
    messages.slice(Math.max(0, after + 1 - firstSeq)).filter(({ sender }) => sender !== me.username)
  const [lineAfter, setLineAfter] = useState(() => (newAfter(readSeq).length ? readSeq : null))
  const [seen, setSeen] = useState(readSeq)
  const isVisible = usePageVisible()
  const unseen = newAfter(seen).length

  useEffect(() => {
    if (!actions || seen >= lastSeq) return
    if (atEnd && isVisible) {
      setSeen(lastSeq)
      if (unseen) actions.read(lastSeq)
    } else if (unseen && (lineAfter === null || lineAfter < seen)) setLineAfter(seen)
  }, [actions, atEnd, isVisible, lastSeq, seen, unseen])

  useEffect(() => {
    if (outbox.length) setLineAfter(null)
  }, [outbox.length])

  return { newFrom: lineAfter === null ? null : (newAfter(lineAfter)[0]?.seq ?? null), unseen }
}

/** Whether the page is visible and has the focus. */
function usePageVisible() {
  const [isVisible, setVisible] = useState(false)
  useEffect(() => {
    const update = () => setVisible(document.visibilityState === 'visible' && document.hasFocus())
    update()
    const off = new AbortController()
    document.addEventListener('visibilitychange', update, off)
    addEventListener('focus', update, off)
    addEventListener('blur', update, off)
    return () => off.abort()
  }, [])
  return isVisible
}
