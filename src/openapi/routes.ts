import { type AnyElysia, Elysia, t } from 'elysia'
import { paths } from '../../web/paths.ts'
import type { Deps } from '../process/deps.ts'
import { describeApi } from './document.ts'
import { type File, fileOf, serve } from './files.ts'
import { docsPage, pageFile } from './page.ts'

/** Serves the API document of the app at `/openapi.json`, and the page that shows it at `/docs`. */
export function openapiRoutes({ config }: Pick<Deps, 'config'>) {
  return (app: AnyElysia) => {
    // Generated on first request, when all routes are registered.
    let document: Promise<File> | undefined
    const generate = async () =>
      fileOf(
        JSON.stringify(await describeApi(app.routes, config), null, 2),
        'application/json; charset=utf-8',
      )
    return app.use(
      new Elysia({ detail: { hide: true } })
        .get(paths.openapi, async ({ request }) => {
          document ??= generate()
          return serve(await document, request)
        })
        .get(paths.docs, async ({ request }) => serve(await docsPage(), request))
        .get(
          `${paths.docs}/:file`,
          async ({ request, params }) => serve(await pageFile(params.file), request),
          {
            params: t.Object({ file: t.String() }),
          },
        ),
    )
  }
}
