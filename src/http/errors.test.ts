import { afterAll, describe, expect, test } from 'bun:test'
import { UniqueConstraintViolationException } from '@mikro-orm/core'
import { backends, openChat } from '../../test/support/chat.ts'
import { isConnectionError, isDiskFull } from './errors.ts'

describe.each(backends)('an error of $name', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const run = (sql: string, values: string[] = []) => chat.deps.orm.em.fork().execute(sql, values)
  await run('create table unique_text (text varchar(80) primary key)')

  test.each([
    'ECONNREFUSED',
    'LOADING ',
    'Connection was killed',
    'database is locked',
    'database or disk is full',
    "Error writing file 'x' (errno: 28",
  ])('containing the user input %p is neither a connection error nor a full disk', async (input) => {
    const insert = () => run('insert into unique_text values (?)', [input])
    await insert()
    const error = await insert().catch((refusal: Error) => refusal)
    expect(error).toBeInstanceOf(UniqueConstraintViolationException)
    expect([isConnectionError(error), isDiskFull(error)]).toEqual([false, false])
  })
})

test.each([
  'Got error 28 "No space left on device" from storage engine InnoDB',
  'Error writing file \'./binlog.000001\' (Errcode: 28 "No space left on device")',
  "Error writing file '/tmp/#sql' (OS errno 28 - No space left on device)",
  "Can't create/write to file '/tmp/x' (errno: 28 \"No space left on device\")",
  'database or disk is full',
])('%p is recognized as a full disk', (message) => {
  expect(isDiskFull(new Error(message))).toBe(true)
})
