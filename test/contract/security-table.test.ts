import { expect, test } from 'bun:test'
import { join } from 'node:path'

const docs = join(import.meta.dirname, '../../docs')

test('docs/security.md only refers to existing tests', async () => {
  const text = await Bun.file(join(docs, 'security.md')).text()
  let named = 0
  const missing: string[] = []
  for (const [, path, names] of text.matchAll(
    /\]\((\.\.\/\S+\.(?:test|spec)\.tsx?)\): ((?:“[^”]+”(?:, )?)+)/g,
  )) {
    const file = await Bun.file(join(docs, path!)).text()
    for (const [, name] of names!.matchAll(/“([^”]+)”/g)) {
      if (!file.includes(`'${name}'`)) missing.push(`${path}: ${name}`)
      named++
    }
  }
  expect(missing).toEqual([])
  expect(named).toBeGreaterThan(50)
})
