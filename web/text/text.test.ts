import { expect, test } from 'bun:test'
import { chatErrorText } from './chat-text.ts'
import { errorText, text } from './text.ts'

type Tree = { [key: string]: unknown }

/** Every sentence by its path; functions called with what reads well in all of them. */
function sentences(tree: Tree, path = ''): [path: string, sentence: string][] {
  return Object.entries(tree).flatMap(([key, value]): [string, string][] => {
    if (typeof value === 'string') return [[path + key, value]]
    if (typeof value === 'function') return [[path + key, String(value(2, 3))]]
    return sentences(value as Tree, `${path}${key}.`)
  })
}

test('every language says every sentence, and says it in its own words', () => {
  const [en, zh] = [sentences(text('en')), sentences(text('zh'))]
  expect(zh.map(([path]) => path).sort()).toEqual(en.map(([path]) => path).sort())
  expect([...en, ...zh].filter(([, sentence]) => !sentence.trim())).toEqual([])
  const untranslated = zh.filter(([, sentence]) => !/\p{Script=Han}/u.test(sentence)).map(([path]) => path)
  expect(untranslated).toEqual(['product'])
})

test('one is not many', () => {
  expect(text('en').side.unread(1)).toBe('1 unread message')
  expect(text('en').side.unread(2)).toBe('2 unread messages')
  expect(errorText('en', 'too_many', 1)).toBe('Too many attempts. Try again in 1 minute.')
})

test('an error code becomes a sentence, and what is no code stays as it is', () => {
  expect(errorText('zh', 'taken')).toBe('这个用户名已被使用，换一个试试。')
  expect(errorText('en', 'something else')).toBe('something else')
  expect(errorText('en', 'constructor')).toBe('constructor')
  expect(chatErrorText('en', 'body_empty')).toBe(errorText('en', 'body_empty'))
})
