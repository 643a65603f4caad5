import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { TokensPage, type TokensProps } from '../../../web/settings/api-tokens.tsx'
import { text } from '../../../web/text/text.ts'
import { asFieldErrors, page, seeOther } from '../../http/responses.tsx'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { revokeOwnSession } from '../sessions/service.ts'
import type { Me } from '../sessions/session.ts'
import { deviceOf } from '../sign-in/service.ts'
import { createToken, listTokens } from './service.ts'

/** What is proposed. */
const NEW = { name: '', days: 90 }

/** API tokens, as a page and the forms on it. */
export function tokenPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.tokens, ({ me, request, query }) => show(request, me, { revoked: query.revoked === '1' }), {
      auth: 'session',
    })
    .post(
      paths.tokens,
      async ({ me, request, body: { name = '', days = 0 } }) => {
        try {
          const created = await createToken(deps, me, { name, days, device: deviceOf(request) })
          // Not sent on to another page: its secret would have to be kept until then.
          return show(request, me, { created })
        } catch (error) {
          return show(request, me, { typed: { name, days }, ...asFieldErrors(error, viewerOf(request, me)) })
        }
      },
      {
        auth: 'session',
        body: t.Object({
          name: t.Optional(t.String({ maxLength: 10_000 })),
          days: t.Optional(t.Integer()),
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
    request: Request,
    me: Me,
    {
      status = 200,
      ...shown
    }: Partial<Pick<TokensProps, 'created' | 'revoked' | 'typed' | 'errors'>> & { status?: number },
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const tokens = await listTokens(deps, me)
    const props = { created: null, revoked: false, typed: NEW, errors: {}, ...shown }
    const { title } = text(reader.language).tokens
    return page(deps, { title, reader, status }, <TokensPage {...props} tokens={tokens} reader={reader} />)
  }
}
