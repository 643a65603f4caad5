import { afterAll, describe, expect, setDefaultTimeout, test } from 'bun:test'
import { backends, openChat } from '../../test/support/chat.ts'
import { InviteEntity } from '../accounts/invites/entity.ts'
import { SessionEntity } from '../accounts/sessions/entity.ts'
import { ChallengeEntity } from '../accounts/sign-in/entity.ts'
import { AccountLinkEntity, UserEntity } from '../accounts/users/entity.ts'
import { countJobs } from './counts.ts'
import { JobEntity } from './entity.ts'

// Long enough to catch only a hang.
setDefaultTimeout(180_000)

const DAY = 24 * 60 * 60 * 1000

describe.each(backends)('the purge job, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())

  test('deletes expired rows in batches, and keeps all others', async () => {
    await chat.signUp('ada')
    await chat.jobs.idle()
    const em = chat.deps.orm.em.fork()
    const { id: user } = await em.findOneOrFail(UserEntity, { handle: 'ada' })
    await em.nativeDelete(SessionEntity, {})
    const now = chat.deps.now().getTime()
    const [past, future] = [new Date(now - DAY), new Date(now + DAY)]
    const device = { user, createdAt: past, usedAt: past, userAgent: '', address: '' }
    const session = (secretHash: string, expiresAt: Date) => ({
      ...device,
      secretHash,
      expiresAt,
      name: null,
    })
    await em.insertMany(SessionEntity, [
      ...Array.from({ length: 600 }, (_, n) => session(`old${n}`, past)),
      session('valid', future),
    ])
    for (const [key, expiresAt] of [
      ['old', past],
      ['valid', future],
    ] as const) {
      await em.insert(AccountLinkEntity, { user, purpose: 'reset', tokenHash: key, email: null, expiresAt })
      const invite = { creator: user, name: null, uses: 1, used: 0, createdAt: past, expiresAt }
      await em.insert(InviteEntity, { ...invite, tokenHash: key })
      await em.insert(ChallengeEntity, { hash: key, purpose: 'code', user, expiresAt })
      const free = { leasedUntil: null, leaseOwner: null, uniqueKey: null, user: null }
      const failedAt = new Date(expiresAt.getTime() - 7 * DAY)
      const job = { ...free, payload: '{}', dueAt: past, runAt: past, attempts: 1, lastError: 'x' }
      await em.insert(JobEntity, { ...job, kind: key, failedAt })
    }
    expect((await countJobs(chat.deps)).map(({ kind, failed }) => [kind, failed])).toEqual([
      ['old', 1],
      ['valid', 1],
    ])

    await em.nativeUpdate(JobEntity, { kind: 'purge' }, { runAt: past })
    await chat.jobs.idle()
    expect((await em.find(SessionEntity, {})).map(({ secretHash }) => secretHash)).toEqual(['valid'])
    expect((await em.find(AccountLinkEntity, {})).map(({ tokenHash }) => tokenHash)).toEqual(['valid'])
    expect((await em.find(InviteEntity, {})).map(({ tokenHash }) => tokenHash)).toEqual(['valid'])
    expect((await em.find(ChallengeEntity, {})).map(({ hash }) => hash)).toEqual(['valid'])
    const jobs = await em.find(JobEntity, {}, { orderBy: { kind: 'asc' } })
    expect(jobs.map(({ kind }) => kind)).toEqual(['purge', 'valid'])
    expect(jobs[0]!.runAt.getTime()).toBeGreaterThan(now)
  })
})
