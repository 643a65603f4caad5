import type { ComponentChildren } from 'preact'
import type { Viewer } from '../../src/accounts/schema.ts'
import { paths } from '../paths.ts'
import { text } from '../text/text.ts'
import { BackIcon } from '../ui/icons.tsx'

const SECTIONS = {
  profile: paths.settings,
  security: paths.security,
  passkeys: paths.passkeys,
  twoFactor: paths.twoFactor,
  tokens: paths.tokens,
  data: paths.ownData,
  blocked: paths.blocked,
} as const

type Props = { section: keyof typeof SECTIONS; viewer: Viewer; children: ComponentChildren }

/** The frame of the settings pages, with links back and to the other pages. */
export function SettingsFrame({ section, viewer, children }: Props) {
  const { settings, preferences, sections: t } = text(viewer.language)
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

/** Confirms the last action. */
export function Saved({ children }: { children: ComponentChildren }) {
  return (
    <p class="saved" role="status">
      {children}
    </p>
  )
}
