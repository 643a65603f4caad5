import { type Static, t } from 'elysia'

export const LANGUAGES = ['en', 'zh'] as const
export type Language = (typeof LANGUAGES)[number]
export const THEMES = ['light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** Language, time zone and theme for the response to a request. */
export type Viewer = {
  language: Language
  /** IANA time zone; `UTC` until the browser has sent its own. */
  zone: string
  /** null follows the system. */
  theme: Theme | null
  /** Whether a recent sign-in, rather than a password, confirms changes of the account. */
  confirmsBySignIn?: boolean
}

export const Settings = t.Object(
  {
    displayName: t.String({
      description: 'The name that others see, at most 80 characters; empty for the username.',
      examples: ['Ada Lovelace'],
    }),
    language: t.Nullable(
      t.String({ description: '`en`, `zh`; null follows the browser.', examples: ['en'] }),
    ),
    theme: t.Nullable(
      t.String({ description: '`light`, `dark`; null follows the system.', examples: ['dark'] }),
    ),
    zone: t.Nullable(
      t.String({
        description:
          'A time zone: any name or link of the IANA time zone database, stored under its canonical name; null follows the device.',
        examples: ['Europe/Berlin'],
      }),
    ),
  },
  {
    title: 'Settings',
    description: 'Your display name, language, theme and time zone.',
    additionalProperties: false,
  },
)
export type SettingsView = Static<typeof Settings>
