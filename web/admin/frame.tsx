import type { ComponentChildren } from 'preact'
import { paths, withQuery } from '../paths.ts'
import { PageHeader, SectionLinks } from '../ui/page-frame.tsx'
import { useText } from '../ui/use-text.ts'
import { adminPaths } from './paths.ts'

/** What the administration pages may show of messages and names. */
export type AdminView = {
  /** Administrators may read messages without a report. */
  readsMessages: boolean
  /** Users may have passwords. */
  passwords: boolean
  /** Returns the name to show for a username, including those of deleted accounts. */
  nameOf: (username: string) => string
}

const SECTIONS = {
  overview: paths.admin,
  users: adminPaths.users,
  reports: adminPaths.reports,
  invites: adminPaths.invites,
  messages: adminPaths.messages,
  audit: adminPaths.audit,
} as const
type Section = keyof typeof SECTIONS

type Props = {
  view: AdminView
  section: Section
  /** The page shows one item: "back" leads to the section's list. */
  inner?: boolean
  children: ComponentChildren
}

/** The frame of the administration pages. */
export function AdminFrame({ view: { readsMessages }, section, inner = false, children }: Props) {
  const { admin: t } = useText()
  const names = (Object.keys(SECTIONS) as Section[]).filter((name) => name !== 'messages' || readsMessages)
  const sections = names.map((name) => ({
    name: t.sections[name],
    href: SECTIONS[name],
    current: name === section,
  }))
  const back = inner
    ? { href: SECTIONS[section], label: t.backTo(t.sections[section]) }
    : { href: paths.home, label: t.back }
  return (
    <main id="main" class="settings admin">
      <PageHeader title={t.title} back={back} />
      <SectionLinks label={t.sections.label} sections={sections} />
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
export function UserLink({ username, view }: { username: string; view: AdminView }) {
  return (
    <a href={adminPaths.user(username)}>
      <bdi>{view.nameOf(username)}</bdi>
    </a>
  )
}

type PagesProps = {
  path: string
  query: Record<string, string | undefined>
  next: string | null
  label?: string
}

/** Links to the next and the first page of a list. */
export function Pages({ path, query, next, label }: PagesProps) {
  const { admin: t } = useText()
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
