import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { TwoFactorPage, type TwoFactorProps } from '../../../web/settings/two-factor.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import type { Me } from '../sessions/session.ts'
import { lacksSecondFactor } from './requirement.ts'
import {
  confirmTwoFactorSetup,
  disableTwoFactor,
  getTwoFactor,
  pendingSetup,
  renewRecoveryCodes,
  startTwoFactorSetup,
} from './service.ts'

/** The page of two-factor authentication, and its forms. Secrets appear only in the response to a form. */
export function twoFactorPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.twoFactor, ({ me, viewer, query }) => show({ me, viewer }, { ended: query.ended === '1' }), {
      auth: 'session',
    })
    .post(
      paths.beginTwoFactor,
      async ({ me, user, viewer }) => show({ me, viewer }, { setup: await startTwoFactorSetup(deps, user) }),
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => show(context, fault)),
        body: t.Object({ password: FormField }),
      },
    )
    .post(
      paths.twoFactor,
      async ({ me, viewer, body: { code = '' } }) => {
        const codes = await confirmTwoFactorSetup(deps, me, { code, language: viewer.language })
        return show({ me, viewer }, { codes, done: 'turnedOn' })
      },
      {
        auth: 'session',
        form: formRenderer(async (fault, context) =>
          show(context, { setup: await pendingSetup(deps, context.me), ...fault }),
        ),
        body: t.Object({ code: FormField }),
      },
    )
    .post(
      paths.changeTwoFactor,
      async ({ me, user, viewer, request, body: { wanted } }) => {
        if (wanted === 'codes') {
          return show({ me, viewer }, { codes: await renewRecoveryCodes(deps, user), done: 'renewed' })
        }
        await disableTwoFactor(deps, user, viewer.language)
        return seeOther(request, `${paths.twoFactor}?ended=1`)
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => show(context, fault)),
        body: t.Object({
          password: FormField,
          code: FormField,
          wanted: t.Union([t.Literal('codes'), t.Literal('off')]),
        }),
      },
    )

  async function show(
    { me, viewer }: { me: Me; viewer: Viewer },
    { status = 200, ...shown }: Partial<TwoFactorProps> & { status?: number },
  ): Promise<Response> {
    const [state, isMissing] = await Promise.all([getTwoFactor(deps, me), lacksSecondFactor(deps, me)])
    const none = { setup: null, codes: null, done: null, ended: false, errors: {} }
    const { title } = text(viewer.language).twoFactor
    return page(
      deps,
      { title, viewer, status },
      <TwoFactorPage {...none} {...shown} state={state} isMissing={isMissing} />,
    )
  }
}
