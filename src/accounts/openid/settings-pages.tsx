import { Elysia, t } from 'elysia'
import { paths, withQuery } from '../../../web/paths.ts'
import { OpenIdSettingsPage, type OpenIdSettingsProps } from '../../../web/settings/openid.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import type { Me } from '../sessions/session.ts'
import { needsCode } from '../two-factor/service.ts'
import { OPENID_ERRORS } from './errors.ts'
import { isLinked } from './linked.ts'
import type { OpenIdProvider } from './provider.ts'
import { redirectToProvider } from './redirect.ts'
import { unlinkIdentities } from './service.ts'

/** The settings page on which users link an account of the OpenID Connect provider. */
export function openIdSettings(deps: Deps, provider: OpenIdProvider) {
  const callback = deps.config.origin + paths.openIdCallback
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(
      paths.openIdSettings,
      ({ me, viewer, query: { error, done } }) =>
        show({ me, viewer }, { done, errors: error ? { form: error } : {} }),
      {
        auth: 'session',
        query: PageQuery({
          error: t.Optional(t.Union(OPENID_ERRORS.map((code) => t.Literal(code)))),
          done: t.Optional(t.Union([t.Literal('linked'), t.Literal('unlinked')])),
        }),
      },
    )
    .post(
      paths.openIdSettings,
      ({ me }) =>
        redirectToProvider(deps, provider, { callback, next: null, link: me.session.id, invite: null }),
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => show(context, fault)),
        body: t.Object({ password: FormField, code: FormField }),
      },
    )
    .post(
      paths.unlinkOpenId,
      async ({ me, request, viewer: { language } }) => {
        await unlinkIdentities(deps, me, { language })
        return seeOther(request, withQuery(paths.openIdSettings, { done: 'unlinked' }))
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => show(context, fault)),
        body: t.Object({ password: FormField, code: FormField }),
      },
    )

  async function show(
    { me, viewer }: { me: Me; viewer: Viewer },
    {
      status = 200,
      ...shown
    }: Pick<OpenIdSettingsProps, 'errors'> & { done?: OpenIdSettingsProps['done']; status?: number },
  ): Promise<Response> {
    const em = deps.orm.em.fork()
    const [linked, needed] = await Promise.all([isLinked(em, deps, me.id), needsCode(deps, me)])
    const title = text(viewer.language).openId.title(provider.name)
    return page(
      deps,
      { title, viewer, status },
      <OpenIdSettingsPage provider={provider.name} isLinked={linked} needsCode={needed} {...shown} />,
    )
  }
}
