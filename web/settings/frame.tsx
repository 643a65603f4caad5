import type { ComponentChildren } from 'preact'
import { paths } from '../paths.ts'
import { PageHeader, SectionLinks } from '../ui/page-frame.tsx'
import { useText } from '../ui/use-text.ts'

const SECTIONS = {
  profile: paths.settings,
  security: paths.security,
  passkeys: paths.passkeys,
  twoFactor: paths.twoFactor,
  tokens: paths.tokens,
  data: paths.ownData,
  blocked: paths.blocked,
} as const

type Props = { section: keyof typeof SECTIONS; children: ComponentChildren }

/** The frame of the settings pages, with links back and to the other pages. */
export function SettingsFrame({ section, children }: Props) {
  const { settings, preferences, sections: t } = useText()
  const sections = Object.entries(SECTIONS).map(([key, href]) => ({
    name: t[key as keyof typeof SECTIONS],
    href,
    current: key === section,
  }))
  return (
    <main id="main" class="settings">
      <PageHeader title={settings} back={{ href: paths.home, label: preferences.back }} />
      <SectionLinks label={t.label} sections={sections} />
      {children}
    </main>
  )
}
