import { BackIcon } from './icons.tsx'

type HeaderProps = { title: string; back: { href: string; label: string } }

/** The header of a page beside the chat, with a link back. */
export function PageHeader({ title, back: { href, label } }: HeaderProps) {
  return (
    <header class="settings-header">
      <a class="icon-button" href={href} aria-label={label} title={label}>
        <BackIcon />
      </a>
      <h1>{title}</h1>
    </header>
  )
}

type SectionLinksProps = { label: string; sections: { name: string; href: string; current: boolean }[] }

/** Links to the pages of the same frame. */
export function SectionLinks({ label, sections }: SectionLinksProps) {
  return (
    <nav class="sections" aria-label={label}>
      {sections.map(({ name, href, current }) => (
        <a key={href} href={href} aria-current={current ? 'page' : undefined}>
          {name}
        </a>
      ))}
    </nav>
  )
}
