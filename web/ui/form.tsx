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
  /** Distinguishes the IDs of fields with the same name in several forms of a page. */
  scope?: string | undefined
}

const idOf = ({ name, scope }: { name: string; scope?: string | undefined }) =>
  scope ? `field-${scope}-${name}` : `field-${name}`

/** Attributes that link a control to its label, and to its error or hint. */
function described({ name, hint, errors, scope }: FieldProps) {
  const id = idOf({ name, scope })
  return {
    id,
    name,
    'aria-invalid': errors[name] ? ('true' as const) : undefined,
    'aria-describedby': errors[name] ? `${id}-error` : hint ? `${id}-hint` : undefined,
  }
}

function Frame({ children, ...field }: FieldProps & { children: ComponentChildren }) {
  const { name, label, hint, optional, errors } = field
  const id = idOf(field)
  const t = useText()
  const errorText = useErrorText()
  return (
    <div class="field">
      <label for={id}>
        {label}
        {optional && <span class="optional"> {t.optional}</span>}
      </label>
      {children}
      {/* An error replaces the hint, which often says the same. */}
      {errors[name] ? (
        <p id={`${id}-error`} class="field-error">
          {errorText(errors[name])}
        </p>
      ) : (
        hint && (
          <p id={`${id}-hint`} class="hint">
            {hint}
          </p>
        )
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

type SummaryProps = {
  errors: FieldErrors
  /** The labels of the fields in the form. */
  labels: Record<string, string>
  /** The `scope` of the fields. */
  scope?: string
}

/**
 * Links to the invalid fields, which show their own errors, and lists the errors of no field: announced at once, and focused
 * when the page loads.
 */
export function ErrorSummary({ errors, labels, scope }: SummaryProps) {
  const t = useText()
  const errorText = useErrorText()
  const names = Object.keys(errors)
  if (!names.length) return null
  const invalid = names.filter((name) => labels[name])
  return (
    <div class="summary" role="alert" tabindex={-1} autofocus>
      {names
        .filter((name) => !labels[name])
        .map((name) => (
          <p key={name}>{errorText(errors[name]!)}</p>
        ))}
      {invalid.length > 0 && (
        <>
          <p>{t.checkFields(invalid.length)}</p>
          <ul>
            {invalid.map((name) => (
              <li key={name}>
                <a href={`#${idOf({ name, scope })}`}>{labels[name]}</a>
              </li>
            ))}
          </ul>
        </>
      )}
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
  /** The name for screen readers, when `children` does not name the item that the button changes. */
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
