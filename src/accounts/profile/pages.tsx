import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { EmailForm, SettingsForm, SettingsPage, type SettingsProps } from '../../../web/settings/profile.tsx'
import { text } from '../../../web/text/text.ts'
import { Invalid, TooLarge } from '../../http/errors.ts'
import { asFieldErrors, fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { peerOf, readUploadForm } from '../../http/security.ts'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { changeEmail, emailOf } from '../email/service.ts'
import { auth } from '../sessions/auth.ts'
import type { Me } from '../sessions/session.ts'
import { confirmPassword } from '../sign-in/service.ts'
import { changeSettings } from '../users/service.ts'
import { removeAvatar, setAvatar } from './avatar.ts'
import { PICTURE_BYTES } from './picture.ts'

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** Name, picture, language, theme, zone and email address, as a page and as the forms in it. */
export function settingsPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.settings,
      ({ me, request, query: { saved } }) =>
        showSettings(request, me, {
          form: saved === 'email' || saved === 'avatar' ? saved : 'settings',
          saved: !!saved,
        }),
      { auth: 'session' },
    )
    .post(
      paths.settings,
      async ({ me, request, body }) => {
        const wanted = {
          displayName: body.displayName ?? me.displayName,
          language: body.language || null,
          theme: body.theme || null,
          zone: body.zone || null,
        }
        try {
          await changeSettings(deps, me.id, wanted)
          return seeOther(request, `${paths.settings}?saved=1`)
        } catch (error) {
          const { displayName } = wanted
          const fault = asFieldErrors(error, viewerOf(request, me))
          return showSettings(request, me, { form: 'settings', typed: { displayName }, ...fault })
        }
      },
      {
        auth: 'session',
        body: t.Object({ displayName: field, language: field, theme: field, zone: field }),
      },
    )
    .post(
      paths.avatarSettings,
      async ({ me, request }) => {
        try {
          const picture = await readUploadForm(request, { field: 'image', limit: PICTURE_BYTES })
          if (!picture) throw new Invalid({ image: 'required' })
          await setAvatar(deps, me.id, picture)
          return seeOther(request, `${paths.settings}?saved=avatar`)
        } catch (error) {
          const known = error instanceof TooLarge ? new Invalid({ image: 'image_bytes' }) : error
          const fault = asFieldErrors(known, viewerOf(request, me))
          return showSettings(request, me, { form: 'avatar', ...fault })
        }
      },
      { auth: 'session' },
    )
    .post(
      paths.removeAvatar,
      async ({ me, request }) => {
        await removeAvatar(deps, me.id)
        return seeOther(request, `${paths.settings}?saved=avatar`)
      },
      { auth: 'session' },
    )
    .post(
      paths.emailSettings,
      async ({ me, request, body: { email = '', password = '' } }) => {
        const reader = viewerOf(request, me)
        try {
          await confirmPassword(deps, request, { username: me.username, password })
          const { address } = peerOf(request)
          await changeEmail(deps, me.id, { email, language: reader.language, address })
          // In its place the form says by itself what comes next.
          if (isFragment(request)) return showSettings(request, me, { form: 'email', saved: true })
          return seeOther(request, `${paths.settings}?saved=email#email`)
        } catch (error) {
          const fault = asFieldErrors(error, reader)
          return showSettings(request, me, { form: 'email', typed: { email }, ...fault })
        }
      },
      { auth: 'session', body: t.Object({ email: field, password: field }) },
    )

  async function showSettings(
    request: Request,
    me: Me,
    { typed = {}, status = 200, saved = false, errors = {}, form }: Outcome,
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const { username, displayName, avatar, role, language, theme, zone } = me
    const { email, pending } = await emailOf(deps, me.id)
    const props: SettingsProps = {
      account: { username, displayName, avatar, email, role, ...typed },
      preferences: { language, theme, zone },
      pendingEmail: pending,
      adminReadsMessages: deps.config.adminReadsMessages,
      outcome: { form, saved, errors },
      reader,
    }
    if (!isFragment(request)) {
      return page(
        deps,
        { title: text(reader.language).settings, reader, status },
        <SettingsPage {...props} />,
      )
    }
    const Form = form === 'email' ? EmailForm : SettingsForm
    return fragment(<Form {...props} />, { status })
  }
}

/** What became of one of the forms in the settings. */
type Outcome = {
  form: SettingsProps['outcome']['form']
  saved?: boolean
  errors?: Record<string, string>
  status?: number
  /** What stays in the fields although it was not accepted. */
  typed?: { displayName?: string; email?: string }
}
