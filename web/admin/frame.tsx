import type { ComponentChildren } from 'preact'
import type { Viewer } from '../../src/accounts/schema.ts'
import { paths, withQuery } from '../paths.ts'
import { text } from '../text/text.ts'
import { BackIcon } from '../ui/icons.tsx'
import { adminPaths } from './paths.ts'

/** The administrator's language and time zone, and what the pages may show. */
export type AdminView = {
  viewer: Viewer
  /** Administrators may read messages without a report. */
  readsMessages: boolean
  /** Returns the name to show for a username, including those of deleted accounts. */
  nameOf: (username: string) => string
}

const SECTIONS = {
  overview: paths.admin,
  users: adminPaths.users,
  reports: adminPaths.reports,
  messages: adminPaths.messages,
  audit: adminPaths.audit,
} as const

type Props = {
  view: AdminView
  section: keyof typeof SECTIONS
  /** The page shows one item: "back" leads to the section's list. */
  inner?: boolean
  children: ComponentChildren
}

/** The frame of the administration pages. */
export function AdminFrame({ view: { viewer, readsMessages }, section, inner = false, children }: Props) {
  const { admin: t } = text(viewer.language)
  const sections = Object.entries(SECTIONS).filter(([name]) => name !== 'messages' || readsMessages)
  const back = inner ? t.backTo(t.sections[section]) : t.back
  return (
    <main id="main" class="settings admin">
      <header class="settings-header">
        <a class="icon-button" href={inner ? SECTIONS[section] : paths.home} aria-label={back} title={back}>
          <BackIcon />
        </a>
        <h1>{t.title}</h1>
      </header>
      <nav class="sections" aria-label={t.sections.label}>
        {sections.map(([name, path]) => (
          <a key={name} href={path} aria-current={name === section ? 'page' : undefined}>
            {t.sections[name as keyof typeof SECTIONS]}
          </a>
        ))}
      </nav>
      {children}
    </main>
  )
}

/** A table that scrolls horizontally when it is too wide. */
export function Table({ label, children }: { label: string; children: ComponentChildren }) {
  return (
    <section class="table" aria-label={label} tabindex={0}>
      <table>{children}</table>
    </section>
  )
}

/** A user's name, with a link to their page. */
export function Who({ username, view }: { username: string; view: AdminView }) {
  return (
    <a href={adminPaths.user(username)}>
      <bdi>{view.nameOf(username)}</bdi>
    </a>
  )
}

type PagesProps = {
  view: AdminView
  path: string
  query: Record<string, string | undefined>
  next: string | null
  label?: string
}

/** Links to the next and the first page of a list. */
export function Pages({ view, path, query, next, label }: PagesProps) {
  const { admin: t } = text(view.viewer.language)
  if (!next && !query.cursor) return null
  return (
    <nav class="buttons" aria-label={t.nextPage}>
      {query.cursor && (
        <a class="button quiet" href={withQuery(path, { ...query, cursor: undefined })}>
          {t.firstPage}
        </a>
      )}
      {next && (
        <a class="button quiet" href={withQuery(path, { ...query, cursor: next })}>
          {label ?? t.nextPage}
        </a>
      )}
    </nav>
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
