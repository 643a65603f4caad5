import type { ComponentChildren } from 'preact'
import type { Reader } from '../src/accounts/schema.ts'
import { BackIcon } from './icons.tsx'
import { paths } from './paths.ts'
import { text } from './text.ts'

const SECTIONS = {
  profile: paths.settings,
  security: paths.security,
  passkeys: paths.passkeys,
  twoFactor: paths.secondStep,
  tokens: paths.tokens,
  data: paths.ownData,
  blocked: paths.blocked,
} as const

type Props = { section: keyof typeof SECTIONS; reader: Reader; children: ComponentChildren }

/** What stands around each page of the settings: the way back, and the ways to the other pages. */
export function SettingsFrame({ section, reader, children }: Props) {
  const { settings, preferences, sections: t } = text(reader.language)
  return (
    <main id="main" class="settings">
      <header class="settings-header">
        <a class="icon-button" href={paths.home} aria-label={preferences.back} title={preferences.back}>
          <BackIcon />
        </a>
        <h1>{settings}</h1>
      </header>
      <nav class="sections" aria-label={t.label}>
        {Object.entries(SECTIONS).map(([name, path]) => (
          <a key={name} href={path} aria-current={name === section ? 'page' : undefined}>
            {t[name as keyof typeof SECTIONS]}
          </a>
        ))}
      </nav>
      {children}
    </main>
  )
}

/** What was just done. */
export function Saved({ children }: { children: ComponentChildren }) {
  return (
    <p class="saved" role="status">
      {children}
    </p>
  )
}
