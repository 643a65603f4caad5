import type { ComponentChildren, InputHTMLAttributes, TextareaHTMLAttributes } from 'preact'
import type { Language } from '../../src/accounts/schema.ts'
import { errorText, text } from '../text/text.ts'

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
  language: Language
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
  const { name, label, hint, optional, errors, language } = field
  return (
    <div class="field">
      <label for={idOf(name)}>
        {label}
        {optional && <span class="optional"> {text(language).optional}</span>}
      </label>
      {children}
      {errors[name] && (
        <p id={`${idOf(name)}-error`} class="field-error">
          {errorText(language, errors[name])}
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

type UsernameProps = Pick<FieldProps, 'errors' | 'language'> & { value: string | undefined; hint?: string }

/** The username field, with the attributes that password managers need. */
export function UsernameField({ value, ...field }: UsernameProps) {
  return (
    <Field
      {...field}
      name="username"
      label={text(field.language).account.username}
      input={{
        value,
        autocomplete: 'username',
        autocapitalize: 'none',
        spellcheck: false,
        required: true,
      }}
    />
  )
}

/** The current password, which confirms a change of the account. */
export function CurrentPasswordField(field: Pick<FieldProps, 'errors' | 'language'>) {
  return (
    <Field
      {...field}
      name="password"
      label={text(field.language).account.currentPassword}
      input={{ type: 'password', autocomplete: 'current-password', required: true }}
    />
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

type SummaryProps = { errors: FieldErrors; labels: Record<string, string>; language: Language }

/** Lists the errors with links to their fields: announced at once, and focused when the page loads. */
export function ErrorSummary({ errors, labels, language }: SummaryProps) {
  const entries = Object.entries(errors)
  if (!entries.length) return null
  return (
    <div class="summary" role="alert" tabindex={-1} autofocus>
      {entries.map(([name, error]) => {
        const label = labels[name]
        const sentence = errorText(language, error)
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
