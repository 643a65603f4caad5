import type { TSchema } from 'elysia'

type Route = { method: string; path: string; hooks: { query?: TSchema } }

/** Looks up the routes of the app. */
export function routeTable() {
  let table = build([])
  return {
    /** Sets the routes, when all of them are registered. */
    fill(routes: readonly Route[]): void {
      table = build(routes)
    },
    /** The schema of the query; undefined when the route has none. */
    queryOf(method: string, path: string): TSchema | undefined {
      return table.queries.get(`${method === 'HEAD' ? 'GET' : method} ${path}`)
    },
    /** The methods of a requested path, for `Allow` (RFC 9110, 10.2.1); empty when no route has this path. */
    methodsOf(path: string): string[] {
      const found = table.patterns.filter(({ pattern }) => pattern.test(path)).map(({ method }) => method)
      if (found.length === 0) return []
      return [...new Set([...found, ...(found.includes('GET') ? ['HEAD'] : []), 'OPTIONS'])].sort()
    },
  }
}
export type RouteTable = ReturnType<typeof routeTable>

function build(routes: readonly Route[]) {
  return {
    queries: new Map(
      routes.flatMap(({ method, path, hooks }) =>
        hooks.query ? [[`${method} ${path}`, hooks.query] as const] : [],
      ),
    ),
    patterns: routes
      // A catch-all answers every path, so it tells nothing about one.
      .filter(({ path }) => !path.startsWith('/*'))
      .map(({ method, path }) => ({ method, pattern: patternOf(path) })),
  }
}

function patternOf(path: string): RegExp {
  const source = path
    .split('/')
    .map((segment) =>
      segment.startsWith(':')
        ? '[^/]+'
        : segment === '*'
          ? '.+'
          : segment.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'),
    )
    .join('/')
  return new RegExp(`^${source}$`)
}
