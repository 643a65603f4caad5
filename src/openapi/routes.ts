import { type AnyElysia, Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import type { Deps } from '../process/deps.ts'
import { describeApi } from './document.ts'
import { type File, fileOf, serve } from './files.ts'
import { docsPage, pageFile } from './page.ts'

/** `/openapi.json` describes the routes of the app that uses this; `/docs` shows it, with files of our own alone. */
export function openapiRoutes({ config }: Pick<Deps, 'config'>) {
  return (app: AnyElysia) => {
    // When it is first asked for, every route is there, whatever the order of composition.
    let document: Promise<File> | undefined
    const written = async () =>
      fileOf(
        JSON.stringify(await describeApi(app.routes, config), null, 2),
        'application/json; charset=utf-8',
      )
    return app.use(
      new Elysia({ detail: { hide: true } })
        .get(paths.openapi, async ({ request }) => {
          document ??= written()
          return serve(await document, request)
        })
        .get(paths.docs, ({ request }) => serve(docsPage(), request))
        .get(`${paths.docs}/:file`, ({ request, params }) => serve(pageFile(params.file), request), {
          params: t.Object({ file: t.String() }),
        }),
    )
  }
}
