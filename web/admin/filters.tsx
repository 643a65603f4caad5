import { Field, type FieldErrors } from '../ui/form.tsx'
import { useText } from '../ui/use-text.ts'

/** Attributes of a form that filters a list; htmx updates the list and the address while the administrator types. */
export const filters = (path: string) => ({
  class: 'card filters',
  method: 'get',
  action: path,
  'hx-get': path,
  'hx-trigger': 'submit, input delay:300ms',
  'hx-target': '#list',
  'hx-swap': 'outerHTML',
  'hx-push-url': 'true',
  'hx-sync': 'this:replace',
})

type Query = Record<string, string | undefined>
type UsernameFiltersProps = { labels: Record<string, string>; query: Query; errors: FieldErrors }

/** A field for a username by each name in `labels`. */
export function UsernameFilters({ labels, query, errors }: UsernameFiltersProps) {
  return (
    <>
      {Object.entries(labels).map(([name, label]) => (
        <Field
          key={name}
          errors={errors}
          name={name}
          label={label}
          input={{ value: query[name], autocomplete: 'off', autocapitalize: 'none', spellcheck: false }}
        />
      ))}
    </>
  )
}

/** The fields `since` and `until`, two days. */
export function PeriodFilters({ query, errors }: { query: Query; errors: FieldErrors }) {
  const { messages: t } = useText().admin
  return (
    <>
      {(['since', 'until'] as const).map((name) => (
        <Field
          key={name}
          errors={errors}
          name={name}
          label={t[name]}
          input={{ type: 'date', value: query[name] }}
        />
      ))}
    </>
  )
}

type OptionsProps = { chosen: string | undefined; any: string; options: Record<string, string> }

/** The options of a filter, "any" first. */
export function FilterOptions({ chosen, any, options }: OptionsProps) {
  return (
    <>
      <option value="">{any}</option>
      {Object.entries(options).map(([value, label]) => (
        <option key={value} value={value} selected={value === chosen}>
          {label}
        </option>
      ))}
    </>
  )
}
