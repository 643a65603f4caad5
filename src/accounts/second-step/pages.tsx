import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { SecondStepPage, type SecondStepProps } from '../../../web/settings-second-step.tsx'
import { text } from '../../../web/text.ts'
import type { Deps } from '../../deps.ts'
import { readerOf } from '../../reader.ts'
import { asFieldErrors, page, seeOther } from '../../respond.tsx'
import { auth } from '../auth.ts'
import type { Me } from '../session.ts'
import { provePassword } from '../sign-in.ts'
import {
  beginSecondStep,
  confirmSecondStep,
  endSecondStep,
  pendingSetup,
  renewRecoveryCodes,
  secondStepOf,
} from './service.ts'

const field = t.Optional(t.String({ maxLength: 10_000 }))

/** The second step of signing in, as a page and the forms on it. What is secret is shown in the answer to a form alone. */
export function secondStepPages(deps: Deps) {
  return new Elysia({ detail: { hide: true } })
    .use(auth(deps))
    .get(paths.secondStep, ({ me, request, query }) => show(request, me, { ended: query.ended === '1' }), {
      auth: 'session',
    })
    .post(
      paths.beginSecondStep,
      async ({ me, request, body: { password = '' } }) => {
        try {
          const user = await provePassword(deps, request, { username: me.username, password })
          return show(request, me, { setup: await beginSecondStep(deps, user) })
        } catch (error) {
          return show(request, me, asFieldErrors(error, readerOf(request, me)))
        }
      },
      { auth: 'session', body: t.Object({ password: field }) },
    )
    .post(
      paths.secondStep,
      async ({ me, request, body: { code = '' } }) => {
        const reader = readerOf(request, me)
        try {
          const codes = await confirmSecondStep(deps, me, { code, language: reader.language })
          return show(request, me, { codes, done: 'turnedOn' })
        } catch (error) {
          return show(request, me, { setup: await pendingSetup(deps, me), ...asFieldErrors(error, reader) })
        }
      },
      { auth: 'session', body: t.Object({ code: field }) },
    )
    .post(
      paths.changeSecondStep,
      async ({ me, request, body: { password = '', wanted } }) => {
        const reader = readerOf(request, me)
        try {
          const user = await provePassword(deps, request, { username: me.username, password })
          if (wanted === 'codes') {
            return show(request, me, { codes: await renewRecoveryCodes(deps, user), done: 'renewed' })
          }
          await endSecondStep(deps, user, reader.language)
          return seeOther(request, `${paths.secondStep}?ended=1`)
        } catch (error) {
          return show(request, me, asFieldErrors(error, reader))
        }
      },
      {
        auth: 'session',
        body: t.Object({ password: field, wanted: t.Union([t.Literal('codes'), t.Literal('off')]) }),
      },
    )

  async function show(
    request: Request,
    me: Me,
    { status = 200, ...shown }: Partial<SecondStepProps> & { status?: number },
  ): Promise<Response> {
    const reader = readerOf(request, me)
    const state = await secondStepOf(deps, me)
    const none = { setup: null, codes: null, done: null, ended: false, errors: {} }
    const { title } = text(reader.language).twoFactor
    return page(
      deps,
      { title, reader, status },
      <SecondStepPage {...none} {...shown} state={state} reader={reader} />,
    )
  }
}
