import type { ComponentChildren } from 'preact'
import { useText } from './use-text.ts'

type Props = {
  /** The ID of the question, unique in the page. */
  id: string
  /** What happens. */
  question: string
  /** The name and value of the submit button, if the form has several. */
  submit?: { name: string; value: string }
  /** The label of both the button that asks and the one that submits. */
  children: ComponentChildren
}

/** A button that submits its form after a question. It works without JavaScript. */
export function ConfirmButton({ id, question, submit, children }: Props) {
  const { admin: t } = useText()
  return (
    <>
      <button class="button danger" type="button" popovertarget={id}>
        {children}
      </button>
      <div id={id} class="confirm" popover="auto" role="dialog" aria-labelledby={`${id}-question`}>
        <p id={`${id}-question`}>{question}</p>
        <p class="buttons">
          <button class="button danger" type="submit" {...submit}>
            {children}
          </button>
          <button class="button quiet" type="button" popovertarget={id} popovertargetaction="hide" autofocus>
            {t.cancel}
          </button>
        </p>
      </div>
    </>
  )
}
