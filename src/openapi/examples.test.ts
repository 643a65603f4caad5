import { afterAll, expect, test } from 'bun:test'
import { newAdmin } from '../../test/support/admin.ts'
import { openChat, sqlite } from '../../test/support/chat.ts'
import { readDocument } from '../../test/support/openapi-document.ts'
import { type ApiResponse, PASSWORD, type Person } from '../../test/support/person.ts'
import { adminPaths } from '../../web/admin/paths.ts'
import { paths, withQuery } from '../../web/paths.ts'

const chat = await openChat(sqlite)
afterAll(() => chat.close())
const { document } = await readDocument(chat)
const root = await newAdmin(chat, 'root')
const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
const script = chat.stranger()
script.token = (await ada.post(paths.api.tokens, { name: 'script', days: 1, password: PASSWORD })).body.token
const { id } = await ada.say(bob, 'hello')
await bob.put(paths.api.block('ada'), undefined)

const { api } = adminPaths
const password = 'the wrong password'
const own = { yourPassword: PASSWORD }
const ERRORS: [operation: string, request: (by: Person) => Promise<ApiResponse>, by?: Person][] = [
  ['getEmail', (by) => by.get(paths.api.email), script],
  ['getEmail', (by) => by.get(paths.api.email), chat.stranger()],
  ['adminOverview', (by) => by.get(api.overview), ada],
  ['adminOverview', (by) => by.get(api.overview), script],
  ['signIn', (by) => by.signIn('ada', password)],
  ['signUp', (by) => by.post(paths.api.users, { username: 'x', password: 'x' })],
  ['signUp', (by) => by.post(paths.api.users, { username: 'new', password: PASSWORD, invite: 'x' })],
  ['createInvite', (by) => by.post(paths.api.invites, {})],
  ['createInvite', (by) => by.post(paths.api.invites, {}), script],
  ['adminRevokeInvite', (by) => by.delete(api.invite('42')), root],
  ['sendMessage', (by) => by.post(paths.api.messages('bob'), { body: ' ' })],
  ['sendMessage', (by) => by.post(paths.api.messages('bob'), { body: 'hello' })],
  ['sendMessage', (by) => by.post(paths.api.messages('nobody'), { body: 'hello' })],
  ['listUsers', (by) => by.get(withQuery(paths.api.users, { cursor: 'x' }))],
  ['listMessages', (by) => by.get(withQuery(paths.api.messages('bob'), { before: 1, after: 1 }))],
  ['report', (by) => by.post(paths.api.reports(id), { reason: '' }), bob],
  ['adminChangeUser', (by) => by.patch(api.user('root'), { disabled: true }), root],
  ['adminChangeUser', (by) => by.patch(api.user('root'), { role: 'user', ...own }), root],
  ['adminChangeUser', (by) => by.patch(api.user('nobody'), {}), root],
  ['adminEndSession', (by) => by.delete(api.session('ada', '42')), root],
  ['adminEndTwoFactor', (by) => by.post(api.twoFactorRemoval('root'), own), root],
  ['deleteAccount', (by) => by.post(paths.api.accountDeletion, { password: PASSWORD }), root],
]

test.each(ERRORS)('an example of %s equals the response', async (operationId, request, by = ada) => {
  const { status, body } = await request(by)
  expect(status).toBeGreaterThanOrEqual(400)
  expect(examplesOf(operationId, status)).toContainEqual({ ...body, requestId: expect.any(String) })
})

test('the document stays the same when another app is created', async () => {
  const other = await openChat(sqlite)
  expect((await readDocument(other)).document).toEqual(document)
  await other.close()
})

/** The examples of an error response, without those of other operations. */
function examplesOf(operationId: string, status: number): object[] {
  const operation = Object.values(document.paths)
    .flatMap((methods) => Object.values(methods))
    .find((one) => one.operationId === operationId)!
  const response = operation.responses[status] as { $ref?: string }
  const { content } = response.$ref
    ? document.components.responses[response.$ref.split('/').at(-1)!]!
    : (response as (typeof document.components.responses)[string])
  const { example, examples } = content!['application/problem+json'] as {
    example?: object
    examples?: Record<string, { value: object }>
  }
  return example ? [example] : Object.values(examples!).map(({ value }) => value)
}
