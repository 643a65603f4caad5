import type { ComponentChildren } from 'preact'
import type { Language, Viewer } from '../../src/accounts/profile/schema.ts'
import { chatPaths } from '../chat/paths.ts'
import { tags, text } from '../text/text.ts'
import { ViewerContext } from './viewer.ts'

export type PageAssets = {
  /** The script of all pages, with the texts of one language. */
  client: Record<Language, string>
  styles: string
  /** The script of pages that create or use passkeys. */
  passkeys?: string
}

export type LayoutProps = {
  title: string
  /** The title without the number of unread messages, if it begins with one. */
  plainTitle?: string | undefined
  description?: string
  viewer: Viewer
  assets: PageAssets
  /** The name of the cookie for the browser's time zone. */
  zoneCookie?: string | undefined
  /** Whether the page creates or uses passkeys. */
  withPasskeys?: boolean
  children: ComponentChildren
}

// The page background in styles/theme.css, for the browser's own bars.
const ground = { light: '#f3f6f5', dark: '#0e1312' }

/** The whole page around `children`, for `viewer`. */
export function Layout({
  title,
  plainTitle,
  description,
  viewer,
  assets,
  zoneCookie,
  withPasskeys,
  children,
}: LayoutProps) {
  const { language, theme } = viewer
  return (
    <html
      lang={tags[language].html}
      data-theme={theme ?? undefined}
      data-zone-cookie={zoneCookie && zoneCookieOf(zoneCookie)}
    >
      <head>
        <meta charset="utf-8" />
        <meta
          name="viewport"
          content="width=device-width, initial-scale=1, interactive-widget=resizes-content"
        />
        <title data-plain={plainTitle}>{title}</title>
        <meta name="description" content={description ?? text(language).description} />
        <meta name="color-scheme" content={theme ?? 'light dark'} />
        {(['light', 'dark'] as const).map((scheme) => (
          <meta
            key={scheme}
            name="theme-color"
            content={ground[theme ?? scheme]}
            media={`(prefers-color-scheme: ${scheme})`}
          />
        ))}
        <link rel="stylesheet" href={assets.styles} />
        <script type="module" src={assets.client[language]} />
        {withPasskeys && <script type="module" src={assets.passkeys} />}
        <link rel="icon" href={`${chatPaths.assets}/icon.svg`} type="image/svg+xml" />
        <link rel="apple-touch-icon" href={`${chatPaths.assets}/icon-180.png`} />
        <link rel="manifest" href={`${chatPaths.assets}/app.webmanifest`} />
      </head>
      <body>
        <ViewerContext value={viewer}>{children}</ViewerContext>
      </body>
    </html>
  )
}

/** The cookie that the script stores, with `$` for the time zone. Names with `__Host-` need TLS (RFC 6265bis, 4.1.3). */
function zoneCookieOf(name: string): string {
  const secure = name.startsWith('__Host-') ? '; secure' : ''
  return `${name}=$; path=/; max-age=31536000; samesite=lax${secure}`
}
