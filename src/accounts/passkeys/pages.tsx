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
import { asFieldErrors, page, seeOther } from '../../http/responses.tsx'
import { viewerOf } from '../../http/viewer.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { deviceName } from '../sessions/device.ts'
import type { Me } from '../sessions/session.ts'
import { confirmPassword, deviceOf } from '../sign-in/service.ts'
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

const field = t.Optional(t.String({ maxLength: 10_000 }))
const byId = t.Object({ id: t.String() })

/** Passkeys, as pages and the forms on them. */
export function passkeyPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.passkeys, ({ me, request, query: { done } }) => showList(request, me, { done }), {
      auth: 'session',
      query: t.Object({ done: t.Optional(t.Union([t.Literal('created'), t.Literal('removed')])) }),
    })
    .post(
      paths.beginPasskey,
      async ({ me, request, body: { password = '' } }) => {
        const reader = viewerOf(request, me)
        try {
          const user = await confirmPassword(deps, request, { username: me.username, password })
          const creation = await startPasskeyCreation(deps, user)
          const { title } = text(reader.language).passkeys
          const name = deviceName(deviceOf(request).userAgent) ?? title
          return page(
            deps,
            { title, reader, withPasskeys: true },
            <NewPasskeyPage creation={creation} name={name} reader={reader} />,
          )
        } catch (error) {
          return showList(request, me, asFieldErrors(error, reader))
        }
      },
      { auth: 'session', body: t.Object({ password: field }) },
    )
    .post(
      paths.passkeys,
      async ({ me, request, body: { name = '', credential = '' } }) => {
        const reader = viewerOf(request, me)
        try {
          const made = readCredential(NewCredential, credential, 'passkey_new')
          await addPasskey(deps, me, { name, credential: made, language: reader.language })
          return seeOther(request, `${paths.passkeys}?done=created`)
        } catch (error) {
          return showList(request, me, asFieldErrors(error, reader))
        }
      },
      { auth: 'session', body: t.Object({ name: field, credential: field }) },
    )
    .get(
      '/settings/passkeys/:id',
      ({ me, request, params: { id }, query: { renamed } }) =>
        showOne(request, me, { id, renamed: renamed === '1' }),
      { auth: 'session', params: byId },
    )
    .post(
      '/settings/passkeys/:id',
      async ({ me, request, params: { id }, body: { name = '' } }) => {
        try {
          await renamePasskey(deps, me, { id, name })
          return seeOther(request, `${paths.passkey(id)}?renamed=1`)
        } catch (error) {
          const fault = asFieldErrors(error, viewerOf(request, me))
          return showOne(request, me, { id, typed: name, ...fault })
        }
      },
      { auth: 'session', params: byId, body: t.Object({ name: field }) },
    )
    .post(
      '/settings/passkeys/:id/remove',
      async ({ me, request, params: { id }, body: { password = '' } }) => {
        const reader = viewerOf(request, me)
        try {
          const user = await confirmPassword(deps, request, { username: me.username, password })
          await removePasskey(deps, user, { id, language: reader.language })
          return seeOther(request, `${paths.passkeys}?done=removed`)
        } catch (error) {
          return showOne(request, me, { id, ...asFieldErrors(error, reader) })
        }
      },
      { auth: 'session', params: byId, body: t.Object({ password: field }) },
    )

  async function showList(
    request: Request,
    me: Me,
    {
      done = null,
      errors = {},
      status = 200,
    }: { done?: PasskeysProps['done'] | undefined; errors?: Record<string, string>; status?: number },
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const passkeys = await listPasskeys(deps, me)
    const { title } = text(reader.language).passkeys
    return page(
      deps,
      { title, reader, status, withPasskeys: true },
      <PasskeysPage passkeys={passkeys} done={done} errors={errors} reader={reader} />,
    )
  }

  async function showOne(
    request: Request,
    me: Me,
    {
      id,
      typed,
      renamed = false,
      errors = {},
      status = 200,
    }: { id: string; status?: number } & Partial<Pick<PasskeyProps, 'typed' | 'renamed' | 'errors'>>,
  ): Promise<Response> {
    const reader = viewerOf(request, me)
    const props = { passkey: await getPasskey(deps, me, id), typed, renamed, errors, reader }
    const { title } = text(reader.language).passkeys
    return page(deps, { title, reader, status }, <PasskeyPage {...props} />)
  }
}
