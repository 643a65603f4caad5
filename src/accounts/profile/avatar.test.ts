import { afterAll, describe, expect, spyOn, test } from 'bun:test'
import { setImmediate } from 'node:timers/promises'
import { openSignedIn } from '../../../test/support/browser.ts'
import { backends, openChat } from '../../../test/support/chat.ts'
import type { Person } from '../../../test/support/person.ts'
import {
  animatedWebp,
  bmp,
  firstPixel,
  gif,
  jpegOf,
  jpegOfScans,
  phoneJpegs,
  png,
} from '../../../test/support/pictures.ts'
import { paths, withQuery } from '../../../web/paths.ts'
import { UserEntity } from '../users/entity.ts'
import { AvatarEntity } from './entity.ts'
import { PICTURE_BYTES, UPLOAD_PACE } from './picture-limits.ts'

const MARK = 'at 48.8584 north'

describe.each(backends)('a profile picture, on $name,', async (backend) => {
  const chat = await openChat(backend)
  afterAll(() => chat.close())
  const [ada, bob] = [await chat.signUp('ada'), await chat.signUp('bob')]
  const put = (person: Person, body: Uint8Array, type = 'image/png') =>
    person.fetch(paths.api.avatar, {
      method: 'PUT',
      headers: { 'content-type': type },
      body: Buffer.from(body),
    })
  const get = (person: Person, username: string, headers: Record<string, string> = {}) =>
    person.fetch(paths.api.avatarOf(username), {
      headers: { authorization: `Bearer ${person.token}`, ...headers },
    })
  const pictureOf = async (username: string) => new Uint8Array(await (await get(bob, username)).arrayBuffer())

  test('is converted to a small WebP and served to all signed-in users', async () => {
    const kinds = [
      png(900, 300),
      await jpegOf(png(40, 40), MARK),
      gif,
      await new Bun.Image(png(300, 700)).webp().buffer(),
    ]
    const sizes = [
      [512, 171],
      [256, 256],
      [256, 256],
      [219, 512],
    ]
    for (const [index, kind] of kinds.entries()) {
      // The bytes determine the format, not the name.
      expect((await put(ada, kind, 'image/gif')).status).toBe(204)
      const { format, width, height } = await new Bun.Image(await pictureOf('ADA')).metadata()
      expect([format, width, height]).toEqual(['webp', ...sizes[index]!] as never)
    }
    expect((await get(chat.stranger(), 'ada')).status).toBe(401)
    expect((await get(bob, 'bob')).status).toBe(404)
  })

  test('contains no metadata, neither location nor colour profile', async () => {
    const jpeg = await jpegOf(png(64, 64), MARK)
    expect(jpeg.toString('latin1').split(MARK)).toHaveLength(3)
    await put(ada, jpeg, 'image/jpeg')
    const stored = Buffer.from(await pictureOf('ada'))
    expect(stored.toString('latin1')).not.toMatch(/at 48|EXIF|ICCP|XMP/)
    expect(stored.readUInt32LE(4)).toBe(stored.length - 8)
    expect((await new Bun.Image(stored).png().bytes()).length).toBeGreaterThan(0)
  })

  test('is cached until it changes', async () => {
    await put(ada, png(300, 300))
    const first = await get(bob, 'ada')
    const etag = first.headers.get('etag')!
    expect(first.headers.get('content-type')).toBe('image/webp')
    expect(first.headers.get('x-content-type-options')).toBe('nosniff')
    expect(first.headers.get('cache-control')).toBe('private, no-cache')
    const again = await get(bob, 'ada', { 'if-none-match': etag })
    expect([again.status, again.headers.get('etag'), await again.text()]).toEqual([304, etag, ''])
    // Without the image in the database, only the hash can produce the response.
    await chat.deps.orm.em.fork().nativeDelete(AvatarEntity, {})
    expect((await get(bob, 'ada', { 'if-none-match': etag })).status).toBe(304)
    expect((await get(bob, 'ada')).status).toBe(404)
    await put(ada, png(300, 300))
    const v = etag.replaceAll('"', '')
    const kept = async (v: string) =>
      (await bob.fetch(withQuery(paths.api.avatarOf('ada'), { v }))).headers.get('cache-control')
    expect(await kept(v)).toBe('private, max-age=31536000, immutable')
    await put(ada, png(300, 300, { colour: [200, 30, 30] }))
    expect((await get(bob, 'ada', { 'if-none-match': etag })).status).toBe(200)
    expect(await kept(v)).toBe('private, no-cache')
  })

  test('is refused when it is invalid, too large, or has too many pixels; the old one stays', async () => {
    const before = await pictureOf('ada')
    const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')
    for (const [body, code] of [
      [svg, 'image'],
      [bmp, 'image'],
      [png(64, 64).subarray(0, 60), 'image'],
      [png(64, 64, { pixels: false }), 'image'],
      [png(6000, 6000, { pixels: false }), 'image_pixels'],
    ] as const) {
      const response = await put(ada, body)
      expect([response.status, (await response.json()).errors[0].code]).toEqual([422, code])
    }
    expect((await put(ada, new Uint8Array(PICTURE_BYTES + 1))).status).toBe(413)
    expect((await put(ada, new Uint8Array(0))).status).toBe(400)
    for (const type of ['image/svg+xml', 'text/html', 'application/json', 'multipart/form-data; boundary=x'])
      expect((await put(ada, png(8, 8), type)).status).toBe(415)
    expect(await pictureOf('ada')).toEqual(before)
  })

  test('can be removed by its owner only, idempotently', async () => {
    await put(bob, png(8, 8))
    const before = await pictureOf('ada')
    for (let n = 0; n < 2; n++) expect((await bob.delete(paths.api.avatar)).status).toBe(204)
    expect((await get(ada, 'bob')).status).toBe(404)
    expect(await pictureOf('ada')).toEqual(before)
    for (const method of ['PUT', 'DELETE'])
      expect((await bob.fetch(paths.api.avatarOf('ada'), { method })).status).toBe(405)
    expect((await chat.stranger().delete(paths.api.avatar)).status).toBe(401)
  })

  test('is not read from the request before authentication', async () => {
    let pulls = 0
    const endless = new ReadableStream({
      pull(controller) {
        pulls++
        controller.enqueue(new Uint8Array(1024))
      },
    })
    const init = { method: 'PUT', headers: { 'content-type': 'image/png' }, body: endless }
    expect((await chat.stranger().fetch(paths.api.avatar, init)).status).toBe(401)
    expect(pulls).toBeLessThan(10)
  })

  test('is on pages only for users who have one', async () => {
    await ada.say(bob, 'hello')
    const browser = await openSignedIn(chat, 'bob')
    await browser.visit(paths.chat('ada'))
    const { avatar } = await chat.deps.orm.em.fork().findOneOrFail(UserEntity, { handle: 'ada' })
    const sources = [...browser.document.querySelectorAll('.avatar img')].map((img) =>
      img.getAttribute('src'),
    )
    expect(new Set(sources)).toEqual(new Set([withQuery(paths.api.avatarOf('ada'), { v: avatar })]))
    // In both lists, in the header, and next to the message.
    expect(sources).toHaveLength(4)
    expect((await bob.get(paths.api.user('ada'))).body).toEqual({ username: 'ada', displayName: 'ada' })
    expect((await bob.get(paths.api.users)).body.results).toEqual([{ username: 'ada', displayName: 'ada' }])
  })

  test('can be uploaded without JavaScript, with errors shown in the form', async () => {
    const browser = await openSignedIn(chat, 'bob')
    const send = async (file: Uint8Array) => {
      const body = new FormData()
      body.append('image', new Blob([Buffer.from(file)], { type: 'image/png' }), '../../x.png')
      const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
      return chat.stranger().fetch(paths.avatarSettings, { method: 'POST', body, headers: { cookie } })
    }
    for (const [file, words] of [
      [Buffer.from('no picture'), 'Choose a PNG'],
      [Buffer.alloc(0), 'Fill in this field.'],
      [Buffer.alloc(PICTURE_BYTES), 'Choose a picture of up to 5 MB.'],
    ] as const) {
      const response = await send(file)
      expect([response.status, (await response.text()).includes(words)]).toEqual([422, true])
    }
    expect((await send(png(30, 30))).status).toBe(303)
    expect((await browser.visit(`${paths.settings}?saved=avatar`)).texts('.saved')).toEqual([
      'Picture updated. Everyone here can see it.',
    ])
    await browser.submit(`form[action="${paths.removeAvatar}"]`)
    expect(browser.texts('.saved')).toEqual(['Picture removed.'])
    expect(await chat.deps.orm.em.fork().count(AvatarEntity)).toBe(1)
  })

  test('of an animation is its first frame', async () => {
    const colours = [
      [200, 30, 30],
      [30, 30, 200],
    ]
    const frames = colours.map((colour) => png(64, 48, { colour }))
    for (const animation of [await animatedWebp(frames), await animatedWebp(frames.slice(0, 1))]) {
      expect((await put(ada, animation, 'image/webp')).status).toBe(204)
      const stored = await pictureOf('ada')
      expect(Buffer.from(stored).toString('latin1')).not.toMatch(/ANIM|ANMF/)
      const [red = 0, , blue = 0] = await firstPixel(stored)
      expect([red > 150, blue < 80]).toEqual([true, true])
    }
    const cut = (await animatedWebp(frames)).subarray(0, 60)
    expect((await put(ada, cut, 'image/webp')).status).toBe(422)
  })

  test('is refused when it is a JPEG of hundreds of scans, and taken with the usual number', async () => {
    const usual = await jpegOfScans(png(64, 64), 0)
    expect(usual.toString('latin1').split('\xff\xda').length).toBeGreaterThan(5)
    expect((await put(ada, usual, 'image/jpeg')).status).toBe(204)
    expect((await put(ada, await jpegOfScans(png(64, 64), 4000), 'image/jpeg')).status).toBe(422)
  })

  test('is taken from phones, with a video after the picture and megabytes of metadata before it', async () => {
    for (const photo of await phoneJpegs(png(640, 480))) {
      expect(photo.length).toBeLessThan(PICTURE_BYTES)
      expect((await put(ada, photo, 'image/jpeg')).status).toBe(204)
    }
  })

  test('is decoded in a process of its own, which is killed when the client leaves', async () => {
    const spawn = spyOn(Bun, 'spawn')
    const client = new AbortController()
    const slow = await jpegOfScans(png(4000, 4000), 20)
    const upload = chat.app.fetch(
      new Request(`http://localhost${paths.api.avatar}`, {
        method: 'PUT',
        headers: { authorization: `Bearer ${bob.token}`, 'content-type': 'image/jpeg' },
        body: Buffer.from(slow),
        signal: client.signal,
      }),
    )
    while (spawn.mock.results.length === 0) await setImmediate()
    client.abort()
    const decoder = spawn.mock.results[0]!.value as Bun.Subprocess
    await decoder.exited
    expect(decoder.signalCode).not.toBeNull()
    expect((await upload).status).toBe(503)
    spawn.mockRestore()
    expect((await put(bob, png(8, 8))).status).toBe(204)
    expect((await bob.delete(paths.api.avatar)).status).toBe(204)
  })

  test('is not read from the request before its turn, and refused when too many wait', async () => {
    const people = await Promise.all(Array.from({ length: 40 }, (_, n) => chat.signUp(`crowd-${n}`)))
    const read = new Set<Person>()
    const finish = Promise.withResolvers<void>()
    const uploads = people.map((person) => {
      const body = new ReadableStream(
        {
          async pull(controller) {
            read.add(person)
            await finish.promise
            controller.enqueue(png(8, 8))
            controller.close()
          },
        },
        { highWaterMark: 0 },
      )
      return person.fetch(paths.api.avatar, { method: 'PUT', headers: { 'content-type': 'image/png' }, body })
    })
    // Four are read, 30 wait, and the rest is refused at once.
    const refused: Response[] = []
    for (const upload of uploads) void upload.then((response) => refused.push(response))
    while (refused.length < 6 || read.size < 4) await setImmediate()
    for (const response of refused)
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '10'])
    expect(read.size).toBe(4)
    const again = await put([...read][0]!, png(8, 8))
    expect(again.status).toBe(429)
    finish.resolve()
    const statuses = await Promise.all(uploads.map(async (upload) => (await upload).status))
    expect(statuses.filter((status) => status === 204)).toHaveLength(34)
    expect(statuses.filter((status) => status === 503)).toHaveLength(6)
  })

  test('is refused when it arrives too slowly, which frees its place and counts', async () => {
    const slow = await Promise.all(
      ['snail-1', 'snail-2', 'snail-3', 'snail-4'].map((name) => chat.signUp(name)),
    )
    const begin = (person: Person) =>
      person.fetch(paths.api.avatar, {
        method: 'PUT',
        headers: { 'content-type': 'image/png' },
        body: new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array([0x89])) }),
      })
    const usual = { ...UPLOAD_PACE }
    Object.assign(UPLOAD_PACE, { graceMs: 20 })
    try {
      const uploads = slow.map(begin)
      const others = put(bob, png(8, 8))
      for (const upload of uploads) expect((await upload).status).toBe(503)
      expect((await others).status).toBe(204)
      for (let n = 1; n < 30; n++) expect((await begin(slow[0]!)).status).toBe(503)
    } finally {
      Object.assign(UPLOAD_PACE, usual)
    }
    expect((await put(slow[0]!, gif)).status).toBe(429)
    expect((await put(slow[1]!, gif)).status).toBe(204)
  })

  test('counts when a slow client leaves', async () => {
    const ivy = await chat.signUp('ivy')
    const usual = { ...UPLOAD_PACE }
    Object.assign(UPLOAD_PACE, { graceMs: 0, bytesPerMs: 0.0001 })
    try {
      for (let n = 0; n < 30; n++) {
        const body = new ReadableStream({
          start: (controller) => controller.enqueue(new Uint8Array([0x89])),
          pull: (controller) => controller.error(new Error('The connection was lost.')),
        })
        const init = { method: 'PUT', headers: { 'content-type': 'image/png' }, body }
        expect((await ivy.fetch(paths.api.avatar, init)).status).toBeGreaterThanOrEqual(400)
      }
    } finally {
      Object.assign(UPLOAD_PACE, usual)
    }
    expect((await put(ivy, gif)).status).toBe(429)
  })

  test('does not count when a form has no picture or a large one', async () => {
    const browser = await openSignedIn(chat, (await chat.signUp('fay')).username)
    const cookie = [...browser.cookies].map((pair) => pair.join('=')).join('; ')
    for (let n = 0; n < 31; n++) {
      const body = new FormData()
      body.append('image', new Blob([n === 0 ? Buffer.alloc(PICTURE_BYTES) : Buffer.alloc(0)]), 'x.png')
      const response = await chat
        .stranger()
        .fetch(paths.avatarSettings, { method: 'POST', body, headers: { cookie } })
      expect(response.status).toBe(422)
    }
  })

  test('counts only when it was decoded or found invalid', async () => {
    const dan = await chat.signUp('dan')
    const reading = Promise.withResolvers<void>()
    const finish = Promise.withResolvers<void>()
    const body = new ReadableStream(
      {
        async pull(controller) {
          reading.resolve()
          await finish.promise
          controller.error(new Error('The connection was lost.'))
        },
      },
      { highWaterMark: 0 },
    )
    const first = dan.fetch(paths.api.avatar, {
      method: 'PUT',
      headers: { 'content-type': 'image/png' },
      body,
    })
    await reading.promise
    for (let n = 0; n < 31; n++) {
      const response = await put(dan, gif)
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '5'])
    }
    finish.resolve()
    expect((await first).status).toBeGreaterThanOrEqual(400)
    for (let n = 0; n < 30; n++) expect((await put(dan, new Uint8Array(0))).status).toBe(400)
    expect((await put(dan, gif)).status).toBe(204)
  })

  test('can be set at most 30 times an hour', async () => {
    const eve = await chat.signUp('eve')
    for (let n = 0; n < 30; n++) expect((await put(eve, Buffer.from('x'))).status).toBe(422)
    expect((await put(eve, gif)).status).toBe(429)
    expect((await put(bob, gif)).status).toBe(204)
  })
})
