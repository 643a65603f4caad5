import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { TokensPage, type TokensProps } from '../../../web/settings/api-tokens.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import { revokeOwnSession } from '../sessions/service.ts'
import type { Me } from '../sessions/session.ts'
import { needsCode } from '../two-factor/service.ts'
import { createToken, listTokens } from './service.ts'

/** The form's initial values. */
const NEW = { name: '', days: 90 }

/** The page of API tokens, and its forms. */
export function tokenPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.tokens, ({ me, viewer, query }) => show({ me, viewer }, { revoked: query.revoked === '1' }), {
      auth: 'session',
    })
    .post(
      paths.tokens,
      async ({ me, viewer, client, body: { name = '', days = 0 } }) => {
        const created = await createToken(deps, me, { name, days, device: client, language: viewer.language })
        // No redirect: the secret would have to be stored until the next request.
        return show({ me, viewer }, { created })
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, { me, viewer, body: { name = '', days } }) =>
          show({ me, viewer }, { typed: { name, days: Number(days ?? 0) }, ...fault }),
        ),
        body: t.Object({
          name: FormField,
          days: t.Optional(t.Integer()),
          password: FormField,
          code: FormField,
        }),
      },
    )
    .post(
      '/settings/tokens/:id/revoke',
      async ({ me, request, params: { id } }) => {
        await revokeOwnSession(deps, me, { id, isToken: true })
        return seeOther(request, `${paths.tokens}?revoked=1`)
      },
      { auth: 'session', params: t.Object({ id: t.String() }) },
    )

  async function show(
    { me, viewer }: { me: Me; viewer: Viewer },
    {
      status = 200,
      ...shown
    }: Partial<Pick<TokensProps, 'created' | 'revoked' | 'typed' | 'errors'>> & { status?: number },
  ): Promise<Response> {
    const tokens = await listTokens(deps, me)
    const needed = await needsCode(deps, me)
    const props = { created: null, revoked: false, typed: NEW, errors: {}, ...shown }
    const { title } = text(viewer.language).tokens
    return page(deps, { title, viewer, status }, <TokensPage {...props} tokens={tokens} needsCode={needed} />)
  }
}
