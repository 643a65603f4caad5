import { type ComponentChildren, createContext } from 'preact'
import { useContext } from 'preact/hooks'
import { paths } from '../paths.ts'
import { PageHeader, SectionLinks } from '../ui/page-frame.tsx'
import { useText } from '../ui/use-text.ts'

const SECTIONS = {
  profile: paths.settings,
  security: paths.security,
  passkeys: paths.passkeys,
  twoFactor: paths.twoFactor,
  invites: paths.invites,
  tokens: paths.tokens,
  data: paths.ownData,
  blocked: paths.blocked,
} as const

/** Whether the viewer may invite people. The server provides it at the root of each page. */
export const MayInvite = createContext(false)

type Props = { section: keyof typeof SECTIONS; children: ComponentChildren }

/** The frame of the settings pages, with links back and to the other pages. */
export function SettingsFrame({ section, children }: Props) {
  const { settings, preferences, sections: t } = useText()
  const mayInvite = useContext(MayInvite)
  const sections = Object.entries(SECTIONS)
    .filter(([key]) => key !== 'invites' || mayInvite)
    .map(([key, href]) => ({
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
