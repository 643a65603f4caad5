import { join } from 'node:path'
import { paths } from '../../web/paths.ts'
import { NotFound } from '../http/errors.ts'
import { type File, fileOf } from './files.ts'

const SCRIPT = 'text/javascript; charset=utf-8'
const STYLES = 'text/css; charset=utf-8'

/** The types of the page's files, which the build copies. */
const TYPES: Record<string, string> = {
  'swagger-ui.css': STYLES,
  'swagger-ui-bundle.js': SCRIPT,
  'page.css': STYLES,
  'init.js': SCRIPT,
}
const read = new Map<string, File>()

/**
 * Returns one of the page's files. It is read on first use, because most processes never serve the page.
 * @throws NotFound
 */
export async function pageFile(name: string): Promise<File> {
  const type = Object.hasOwn(TYPES, name) ? TYPES[name] : undefined
  if (!type) throw new NotFound()
  const known = read.get(name)
  if (known) return known
  const { readFile } = await import('node:fs/promises')
  const file = fileOf(await readFile(join(import.meta.dirname, '../../dist/docs', name)), type)
  read.set(name, file)
  return file
}

/** Returns the page that shows the document, without inline code, so that the content security policy allows it. */
export async function docsPage(): Promise<File> {
  const url = async (name: string) => `${paths.docs}/${name}?v=${(await pageFile(name)).tag}`
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
<link rel="stylesheet" href="${await url('swagger-ui.css')}">
<link rel="stylesheet" href="${await url('page.css')}">
<script src="${await url('init.js')}"></script>
<script src="${await url('swagger-ui-bundle.js')}" defer></script>
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
