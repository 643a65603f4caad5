import { Elysia } from 'elysia'
import { paths } from '../../web/paths.ts'
import { seeOther } from './responses.tsx'

type Route = { method: string; path: string }

/**
 * Redirects for the paths that accept only the POST of a form: a GET goes to the nearest parent path that is a page, such as
 * from `/settings/passkeys/new` to `/settings/passkeys`. The browser shows the path of a form after it was rejected, and
 * requests it with GET when the user reloads the page. The administration has none: its paths respond only to administrators.
 */
export function formRedirects(routes: readonly Route[]) {
  const pages = new Set(routes.filter(({ method }) => method === 'GET').map(({ path }) => path))
  const isExcluded = (path: string) => [paths.api.root, paths.admin].some((start) => path.startsWith(start))
  const forms = routes.filter(
    ({ method, path }) => method === 'POST' && !isExcluded(path) && !pages.has(path),
  )
  const app = new Elysia({ detail: { hide: true } })
  for (const { path } of forms) {
    const depth = depthOfPage(path, pages)
    app.get(path, ({ request }) => seeOther(request, ancestor(new URL(request.url).pathname, depth)))
  }
  return app
}

/** The number of segments of the nearest parent path that is a page; 1 for the home page. */
function depthOfPage(path: string, pages: ReadonlySet<string>): number {
  let depth = path.split('/').length - 1
  while (depth > 1 && !pages.has(ancestor(path, depth))) depth--
  return depth
}

/** The first `depth` segments of the path, of which the first is empty. */
function ancestor(path: string, depth: number): string {
  return path.split('/').slice(0, depth).join('/') || paths.home
}
