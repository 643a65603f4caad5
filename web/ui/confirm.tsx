import type { ComponentChildren } from 'preact'
import { useText } from './use-text.ts'

type Props = {
  /** The ID of the dialog, unique in the page. */
  id: string
  /** The effect of pressing the button, as a statement. */
  consequence: string
  /** The name and value of the submit button, if the form has several. */
  submit?: { name: string; value: string }
  /** The label of both buttons: the one that opens the dialog and the one that submits. */
  children: ComponentChildren
}

/** A button that submits its form after a confirmation in a dialog. It works without JavaScript. */
export function ConfirmButton({ id, consequence, submit, children }: Props) {
  const { cancel } = useText()
  return (
    <>
      <button class="button danger" type="button" popovertarget={id}>
        {children}
      </button>
      <div id={id} class="confirm" popover="auto" role="dialog" aria-labelledby={`${id}-consequence`}>
        <p id={`${id}-consequence`}>{consequence}</p>
        <p class="buttons">
          <button class="button danger" type="submit" {...submit}>
            {children}
          </button>
          <button class="button quiet" type="button" popovertarget={id} popovertargetaction="hide" autofocus>
            {cancel}
          </button>
        </p>
      </div>
    </>
  )
}
