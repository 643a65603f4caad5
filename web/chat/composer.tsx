import type { RefObject } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import type { Language } from '../../src/accounts/profile/schema.ts'
import { BODY_LIMIT, VISIBLE } from '../../src/messages/limits.ts'
import { chatErrorText, chatText, tags } from '../text/chat-text.ts'
import { SendIcon } from '../ui/icons.tsx'
import { useViewer } from '../ui/viewer.ts'
import type { ConversationProps } from './conversation-props.ts'
import { chatPaths } from './paths.ts'

/** A counter is shown when at most this many characters are left. */
const COUNTED = 200

type Props = Pick<ConversationProps, 'me' | 'person' | 'draft' | 'error' | 'actions' | 'clientId'> & {
  onSent(): void
}

/** The composer: a form that works without JavaScript; with `actions`, it sends without leaving the page. */
export function Composer({ me, person, draft, error, clientId, actions, onSent }: Props) {
  const { language } = useViewer()
  const t = chatText(language).composer
  const field = useRef<HTMLTextAreaElement>(null)
  const [length, setLength] = useState(count(draft ?? ''))
  const [problem, setProblem] = useState(error ? chatErrorText(language, error) : null)
  const label = me.username === person.username ? t.notesLabel : t.label(person.displayName)
  const left = BODY_LIMIT - length

  const changed = () => {
    const { value } = field.current!
    setLength(count(value.trim()))
    setProblem(null)
    actions?.saveDraft(value)
    autosize(field.current!)
  }

  const send = () => {
    const element = field.current!
    const body = element.value.trim()
    // As after a double click on "Send", or while Enter is held.
    if (!body) return element.focus()
    const wrong = validate(body, language)
    setProblem(wrong)
    element.focus()
    if (wrong) return
    actions!.send(body)
    element.value = ''
    changed()
    onSent()
  }

  useDraft(field, actions, changed)

  return (
    <form
      class="composer"
      method="post"
      action={chatPaths.chat(person.username)}
      onSubmit={(event) => {
        if (!actions) return
        event.preventDefault()
        send()
      }}
    >
      <div class="composer-notes" aria-live="polite">
        {problem && (
          <p id="composer-problem" class="field-error">
            {problem}
          </p>
        )}
        {!problem && left <= COUNTED && (
          <p id="composer-counter" class={left < 0 ? 'field-error' : ''}>
            {left < 0 ? tooLong(length, language) : t.counter(left)}
          </p>
        )}
      </div>
      {clientId && <input type="hidden" name="clientId" value={clientId} />}
      <textarea
        ref={field}
        id="composer"
        name="body"
        rows={1}
        dir="auto"
        placeholder={t.placeholder}
        aria-label={label}
        aria-invalid={problem || left < 0 ? 'true' : undefined}
        aria-describedby={problem ? 'composer-problem' : left <= COUNTED ? 'composer-counter' : undefined}
        defaultValue={draft}
        onInput={changed}
        onKeyDown={(event) => {
          if (!actions || !isSendKey(event)) return
          event.preventDefault()
          send()
        }}
      />
      <button class="send" type="submit" aria-label={t.send} title={t.send}>
        <SendIcon />
      </button>
    </form>
  )
}

/** Restores the draft, and focuses the field unless that opens an on-screen keyboard. */
function useDraft(
  field: RefObject<HTMLTextAreaElement | null>,
  actions: Props['actions'],
  changed: () => void,
) {
  useEffect(() => {
    const element = field.current
    if (!element || !actions) return
    element.value ||= actions.loadDraft()
    if (element.value) changed()
    if (!touch()) element.focus({ preventScroll: true })
  }, [])
}

/** Returns why the body cannot be sent, or null. */
function validate(body: string, language: Language): string | null {
  if (!VISIBLE.test(body)) return chatText(language).errors.invisible
  return count(body) > BODY_LIMIT ? tooLong(count(body), language) : null
}

/** Characters are code points, as on the server. */
const count = (body: string) => [...body].length

function tooLong(length: number, language: Language): string {
  const number = new Intl.NumberFormat(tags[language].intl)
  return chatText(language).composer.tooLong(number.format(length), number.format(BODY_LIMIT))
}

/** Enter sends, except with Shift, on a touch keyboard, and while an input method composes (key code 229 in Safari). */
function isSendKey(event: KeyboardEvent): boolean {
  if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return false
  return event.ctrlKey || event.metaKey || !(event.shiftKey || touch())
}

const touch = () => matchMedia('(pointer: coarse)').matches

/** For browsers without `field-sizing`. */
function autosize(field: HTMLTextAreaElement) {
  if (CSS.supports('field-sizing', 'content')) return
  field.style.height = 'auto'
  field.style.height = `${field.scrollHeight + 2}px`
}
