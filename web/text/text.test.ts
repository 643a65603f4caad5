import { expect, test } from 'bun:test'
import { chatErrorText } from './chat-text.ts'
import { errorText, text } from './text.ts'

type Tree = { [key: string]: unknown }

/** All texts by path; functions are called with sample arguments. */
function textsByPath(tree: Tree, path = ''): [path: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'string') return [[path + key, value]]
    if (typeof value === 'function') return [[path + key, String(value(2, 3))]]
    return textsByPath(value as Tree, `${path}${key}.`)
  })
}

test('every language has every text, translated', () => {
  const [en, zh] = [textsByPath(text('en')), textsByPath(text('zh'))]
  expect(zh.map(([path]) => path).sort()).toEqual(en.map(([path]) => path).sort())
  expect([...en, ...zh].filter(([, sample]) => !sample.trim())).toEqual([])
  const untranslated = zh.filter(([, sample]) => !/\p{Script=Han}/u.test(sample)).map(([path]) => path)
  expect(untranslated).toEqual(['language', 'product'])
})

test('plurals depend on the count', () => {
  expect(text('en').side.unread(1)).toBe('1 unread message')
  expect(text('en').side.unread(2)).toBe('2 unread messages')
  expect(errorText('en', 'too_many', 1)).toBe('Too many attempts. Try again in 1 minute.')
})

test('an error code has a text, and an unknown code is returned unchanged', () => {
  expect(errorText('zh', 'taken')).toBe('这个用户名已被使用，换一个试试。')
  expect(errorText('en', 'something else')).toBe('something else')
  expect(errorText('en', 'constructor')).toBe('constructor')
  expect(chatErrorText('en', 'body_empty')).toBe(errorText('en', 'body_empty'))
})
