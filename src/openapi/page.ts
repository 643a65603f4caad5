import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { paths } from '../../web/paths.ts'
import { NotFound } from '../http/errors.ts'
import { type File, fileOf } from './files.ts'

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLES = 'text/css; charset=utf-8'
const require = createRequire(import.meta.url)
const swaggerUi = dirname(require.resolve('swagger-ui-dist/package.json'))

/** The page's files by name. */
const FILES: Record<string, { path: string; type: string }> = {
  'swagger-ui.css': { path: join(swaggerUi, 'swagger-ui.css'), type: STYLES },
  'swagger-ui-bundle.js': { path: join(swaggerUi, 'swagger-ui-bundle.js'), type: SCRIPT },
  'page.css': { path: join(import.meta.dirname, '../../src/openapi/page.css'), type: STYLES },
  'init.js': { path: join(import.meta.dirname, '../../src/openapi/init.js'), type: SCRIPT },
}
const read = new Map<string, File>()

/**
 * Returns one of the page's files. It is read on first use, because most processes never serve the page.
 * @throws NotFound
 */
export function pageFile(name: string): File {
  const source = Object.hasOwn(FILES, name) ? FILES[name] : undefined
  if (!source) throw new NotFound()
  const file = read.get(name) ?? fileOf(readFileSync(source.path), source.type)
  read.set(name, file)
  return file
}

/** Returns the page that shows the document, without inline code, so that the content security policy allows it. */
export function docsPage(): File {
  const url = (name: string) => `${paths.docs}/${name}?v=${pageFile(name).tag}`
  return fileOf(
    `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>API · ChatApp</title>
<meta name="description" content="API reference of ChatApp: every request and response.">
<link rel="icon" href="${paths.assets}/icon.svg" type="image/svg+xml">
<link rel="service-desc" href="${paths.openapi}" type="application/json">
<link rel="stylesheet" href="${url('swagger-ui.css')}">
<link rel="stylesheet" href="${url('page.css')}">
<script src="${url('init.js')}"></script>
<script src="${url('swagger-ui-bundle.js')}" defer></script>
</head>
<body>
<header><a href="${paths.home}">← ChatApp</a><a href="${paths.openapi}">openapi.json</a></header>
<div id="api"><noscript><p>This page needs JavaScript. <a href="${paths.openapi}">openapi.json</a> has the same content.</p></noscript></div>
</body>
</html>
`,
    'text/html; charset=utf-8',
  )
}
