import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from 'preact'
import { useErrorText, useText } from './use-text.ts'

/** Errors by field: an error code of the services, or a sentence. `form` is for errors of no single field. */
export type FieldErrors = Record<string, string>

// Shows an error pane instead of the form.
const elsewhere = 'target:#main swap:innerHTML'

/** Attributes of a form that works without JavaScript; htmx submits it and replaces it with the form in the response. */
export const inPlace = (id: string, action: string) => ({
  id,
  method: 'post',
  action,
  noValidate: true,
  'hx-post': action,
  'hx-target': 'this',
  'hx-swap': 'outerHTML',
  'hx-disable': 'find [type=submit]',
  'hx-status:403': elsewhere,
  'hx-status:5xx': elsewhere,
})

type FieldProps = {
  name: string
  label: string
  hint?: string
  optional?: boolean
  errors: FieldErrors
}

const idOf = (name: string) => `field-${name}`

/** Attributes that link a control to its label, hint and error. */
function described({ name, hint, errors }: FieldProps) {
  const ids = [errors[name] && `${idOf(name)}-error`, hint && `${idOf(name)}-hint`].filter(Boolean)
  return {
    id: idOf(name),
    name,
    'aria-invalid': errors[name] ? ('true' as const) : undefined,
    'aria-describedby': ids.join(' ') || undefined,
  }
}

function Frame({ children, ...field }: FieldProps & { children: ComponentChildren }) {
  const { name, label, hint, optional, errors } = field
  const t = useText()
  const errorText = useErrorText()
  return (
    <div class="field">
      <label for={idOf(name)}>
        {label}
        {optional && <span class="optional"> {t.optional}</span>}
      </label>
      {children}
      {errors[name] && (
        <p id={`${idOf(name)}-error`} class="field-error">
          {errorText(errors[name])}
        </p>
      )}
      {hint && (
        <p id={`${idOf(name)}-hint`} class="hint">
          {hint}
        </p>
      )}
    </div>
  )
}

/** A labelled single-line text field. */
export function Field({ input, ...field }: FieldProps & { input: InputHTMLAttributes }) {
  return (
    <Frame {...field}>
      <input dir="auto" {...input} {...described(field)} />
    </Frame>
  )
}

/** A labelled multi-line text field. */
export function TextArea({ input, ...field }: FieldProps & { input: TextareaHTMLAttributes }) {
  return (
    <Frame {...field}>
      <textarea dir="auto" {...input} {...described(field)} />
    </Frame>
  )
}

/** A labelled select. */
export function Choice({ children, ...field }: FieldProps & { children: ComponentChildren }) {
  return (
    <Frame {...field}>
      <select {...described(field)}>{children}</select>
    </Frame>
  )
}

type SummaryProps = { errors: FieldErrors; labels: Record<string, string> }

/** Lists the errors with links to their fields: announced at once, and focused when the page loads. */
export function ErrorSummary({ errors, labels }: SummaryProps) {
  const errorText = useErrorText()
  const entries = Object.entries(errors)
  if (!entries.length) return null
  return (
    <div class="summary" role="alert" tabindex={-1} autofocus>
      {entries.map(([name, error]) => {
        const label = labels[name]
        const sentence = errorText(error)
        return label ? (
          <p key={name}>
            <a href={`#${idOf(name)}`}>{label}</a>: {sentence}
          </p>
        ) : (
          <p key={name}>{sentence}</p>
        )
      })}
    </div>
  )
}

/** Confirms the last action. */
export function Saved({ children }: { children: ComponentChildren }) {
  return (
    <p class="saved" role="status">
      {children}
    </p>
  )
}

type PostButtonProps = {
  action: string
  /** For screen readers, if `children` does not tell what the button acts on. */
  label?: string
  children: ComponentChildren
}

/** A form that is only a button. */
export function PostButton({ action, label, children }: PostButtonProps) {
  return (
    <form method="post" action={action}>
      <button class="button quiet" type="submit" aria-label={label}>
        {children}
      </button>
    </form>
  )
}
