import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import {
  NewPasskeyPage,
  PasskeyPage,
  type PasskeyProps,
  PasskeysPage,
  type PasskeysProps,
} from '../../../web/settings/passkeys.tsx'
import { text } from '../../../web/text/text.ts'
import { formRenderer } from '../../http/request-context.ts'
import { page, seeOther } from '../../http/responses.tsx'
import { FormField, PageQuery } from '../../http/schema.ts'
import type { Deps } from '../../process/deps.ts'
import type { Viewer } from '../profile/schema.ts'
import { auth } from '../sessions/auth.ts'
import { deviceName } from '../sessions/device.ts'
import type { Me } from '../sessions/session.ts'
import { needsCode } from '../two-factor/service.ts'
import { readCredential } from './credential.ts'
import { NewCredential } from './schema.ts'
import {
  addPasskey,
  getPasskey,
  listPasskeys,
  removePasskey,
  renamePasskey,
  startPasskeyCreation,
} from './service.ts'

const byId = t.Object({ id: t.String() })

/** The pages of passkeys, and their forms. */
export function passkeyPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.passkeys, ({ me, viewer, query: { done } }) => showList({ me, viewer }, { done }), {
      auth: 'session',
      query: PageQuery({ done: t.Optional(t.Union([t.Literal('created'), t.Literal('removed')])) }),
    })
    .post(
      paths.beginPasskey,
      async ({ user, viewer, client }) => {
        const creation = await startPasskeyCreation(deps, user)
        const { title } = text(viewer.language).passkeys
        const name = deviceName(client.userAgent) ?? title
        return page(
          deps,
          { title, viewer, withPasskeys: true },
          <NewPasskeyPage creation={creation} name={name} />,
        )
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, context) => showList(context, fault)),
        body: t.Object({ password: FormField, code: FormField }),
      },
    )
    .post(
      paths.passkeys,
      async ({ me, viewer: { language }, request, body: { name = '', credential = '' } }) => {
        const created = readCredential(NewCredential, credential, 'passkey_new')
        await addPasskey(deps, me, { name, credential: created, language })
        return seeOther(request, `${paths.passkeys}?done=created`)
      },
      {
        auth: 'session',
        form: formRenderer((fault, context) => showList(context, fault)),
        body: t.Object({ name: FormField, credential: FormField }),
      },
    )
    .get(
      '/settings/passkeys/:id',
      ({ me, viewer, params: { id }, query: { renamed } }) =>
        showOne({ me, viewer }, { id, renamed: renamed === '1' }),
      { auth: 'session', params: byId },
    )
    .post(
      '/settings/passkeys/:id',
      async ({ me, request, params: { id }, body: { name = '' } }) => {
        await renamePasskey(deps, me, { id, name })
        return seeOther(request, `${paths.passkey(id)}?renamed=1`)
      },
      {
        auth: 'session',
        form: formRenderer((fault, { me, viewer, params, body: { name = '' } }) =>
          showOne({ me, viewer }, { id: params.id!, typed: name, ...fault }),
        ),
        params: byId,
        body: t.Object({ name: FormField }),
      },
    )
    .post(
      '/settings/passkeys/:id/remove',
      async ({ user, viewer: { language }, request, params: { id } }) => {
        await removePasskey(deps, user, { id, language })
        return seeOther(request, `${paths.passkeys}?done=removed`)
      },
      {
        auth: 'session',
        confirmPassword: true,
        form: formRenderer((fault, { params, ...context }) => showOne(context, { id: params.id!, ...fault })),
        params: byId,
        body: t.Object({ password: FormField, code: FormField }),
      },
    )

  async function showList(
    { me, viewer }: { me: Me; viewer: Viewer },
    {
      done = null,
      errors = {},
      status = 200,
    }: { done?: PasskeysProps['done'] | undefined; errors?: Record<string, string>; status?: number },
  ): Promise<Response> {
    const props = { passkeys: await listPasskeys(deps, me), needsCode: await needsCode(deps, me) }
    const { title } = text(viewer.language).passkeys
    return page(
      deps,
      { title, viewer, status, withPasskeys: true },
      <PasskeysPage {...props} done={done} errors={errors} />,
    )
  }

  async function showOne(
    { me, viewer }: { me: Me; viewer: Viewer },
    {
      id,
      typed,
      renamed = false,
      errors = {},
      status = 200,
    }: { id: string; status?: number } & Partial<Pick<PasskeyProps, 'typed' | 'renamed' | 'errors'>>,
  ): Promise<Response> {
    const passkey = await getPasskey(deps, me, id)
    const props = { passkey, typed, renamed, errors, needsCode: await needsCode(deps, me) }
    const { title } = text(viewer.language).passkeys
    return page(deps, { title, viewer, status }, <PasskeyPage {...props} />)
  }
}
