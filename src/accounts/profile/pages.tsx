import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { EmailForm, SettingsForm, SettingsPage, type SettingsProps } from '../../../web/settings/profile.tsx'
import { text } from '../../../web/text/text.ts'
import { Invalid, TooLarge } from '../../http/errors.ts'
import { formRenderer } from '../../http/request-context.ts'
import { fragment, isFragment, page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import { readUploadForm } from '../../http/upload.ts'
import type { Deps } from '../../process/deps.ts'
import { changeEmail, emailOf } from '../email/service.ts'
import { auth } from '../sessions/auth.ts'
import type { Me } from '../sessions/session.ts'
import { needsCode } from '../two-factor/service.ts'
import { removeAvatar, setAvatar } from './avatar.ts'
import { PICTURE_BYTES, UPLOAD_PACE } from './picture-limits.ts'
import type { Viewer } from './schema.ts'
import { changeSettings } from './settings.ts'
import { ZONES } from './time-zone.ts'

/** The settings page: name, picture, language, theme, time zone and email address. */
export function settingsPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.settings,
      ({ me, viewer, request, query: { saved } }) =>
        showSettings(
          { me, viewer, request },
          {
            form: saved === 'email' || saved === 'avatar' ? saved : 'settings',
            saved: !!saved,
          },
        ),
      { auth: 'session' },
    )
    .post(
      paths.settings,
      async ({ me, request, body }) => {
        const settings = {
          displayName: body.displayName ?? me.displayName,
          language: body.language || null,
          theme: body.theme || null,
          zone: body.zone || null,
        }
        await changeSettings(deps, me.id, settings)
        return seeOther(request, `${paths.settings}?saved=1`)
      },
      {
        auth: 'session',
        form: formRenderer((fault, { body, ...context }) => {
          const displayName = body.displayName ?? context.me.displayName
          return showSettings(context, { form: 'settings', typed: { displayName }, ...fault })
        }),
        body: t.Object({ displayName: FormField, language: FormField, theme: FormField, zone: FormField }),
      },
    )
    .post(
      paths.avatarSettings,
      async ({ me, request }) => {
        await setAvatar(deps, me.id, async () => {
          const upload = { field: 'image', limit: PICTURE_BYTES, pace: UPLOAD_PACE }
          const picture = await readUploadForm(request, upload).catch((error) => {
            throw error instanceof TooLarge ? new Invalid({ image: 'image_bytes' }) : error
          })
          if (!picture) throw new Invalid({ image: 'required' })
          return picture
        })
        return seeOther(request, `${paths.settings}?saved=avatar`)
      },
      {
        auth: 'session',
        form: formRenderer((fault, context) => showSettings(context, { form: 'avatar', ...fault })),
      },
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
      async ({ me, viewer, client: { address }, request, body: { email = '' } }) => {
        await changeEmail(deps, me.id, { email, language: viewer.language, address })
        // The form in place explains the next step.
        if (isFragment(request)) {
          return showSettings({ me, viewer, request }, { form: 'email', saved: true })
        }
        return seeOther(request, `${paths.settings}?saved=email#email`)
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, { body: { email = '' }, ...context }) =>
          showSettings(context, { form: 'email', typed: { email }, ...fault }),
        ),
        body: t.Object({ email: FormField, password: FormField, code: FormField }),
      },
    )

  async function showSettings(
    { me, viewer, request }: { me: Me; viewer: Viewer; request: Request },
    { typed = {}, status = 200, saved = false, errors = {}, form }: Outcome,
  ): Promise<Response> {
    const { username, displayName, avatar, role, language, theme, zone } = me
    const { email, pending } = await emailOf(deps, me.id)
    const props: SettingsProps = {
      account: { username, displayName, avatar, email, role, ...typed },
      preferences: { language, theme, zone },
      zones: ZONES,
      pendingEmail: pending,
      needsCode: await needsCode(deps, me),
      adminReadsMessages: deps.config.adminReadsMessages,
      outcome: { form, saved, errors },
    }
    if (!isFragment(request)) {
      return page(
        deps,
        { title: text(viewer.language).settings, viewer, status },
        <SettingsPage {...props} />,
      )
    }
    const Form = form === 'email' ? EmailForm : SettingsForm
    return fragment({ viewer, status }, <Form {...props} />)
  }
}

/** The result of one of the forms on the settings page. */
type Outcome = {
  form: SettingsProps['outcome']['form']
  saved?: boolean
  errors?: Record<string, string>
  status?: number
  /** Rejected values that stay in the fields. */
  typed?: { displayName?: string; email?: string }
}
