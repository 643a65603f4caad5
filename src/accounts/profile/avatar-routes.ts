import { Elysia, t } from 'elysia'
import { paths } from '../../../web/paths.ts'
import { BadRequest, UnsupportedType } from '../../http/errors.ts'
import { matchesEtag } from '../../http/negotiation.ts'
import { noContent } from '../../http/responses.tsx'
import { problems, UsernameParam } from '../../http/schema.ts'
import { readUpload } from '../../http/upload.ts'
import type { Deps } from '../../process/deps.ts'
import { auth } from '../sessions/auth.ts'
import { getAvatar, removeAvatar, setAvatar } from './avatar.ts'
import { PICTURE_BYTES, UPLOAD_PACE } from './picture-limits.ts'

const TYPES = ['image/png', 'image/jpeg', 'image/webp', 'image/gif']
const binary = { schema: { type: 'string', format: 'binary' } } as const

/** Profile pictures, as JSON API. */
export function avatarRoutes(deps: Deps) {
  return new Elysia()
    .use(auth(deps))
    .get(
      `${paths.api.users}/:username/avatar`,
      async ({ params, query, request, set }) => {
        const { image, hash } = await getAvatar(deps, params.username, (hash) =>
          matchesEtag(request, `"${hash}"`),
        )
        // The URL with the hash never changes. Without it, browsers revalidate.
        set.headers['cache-control'] =
          query.v === hash ? 'private, max-age=31536000, immutable' : 'private, no-cache'
        set.headers.etag = `"${hash}"`
        if (!image) return new Response(null, { status: 304 })
        return new Response(image, { headers: { 'content-type': 'image/webp' } })
      },
      {
        auth: true,
        params: UsernameParam,
        query: t.Object({
          v: t.Optional(
            t.String({
              maxLength: 100,
              description: 'The `ETag` without its quotes; the response is then cacheable.',
            }),
          ),
        }),
        response: problems(404, 422),
        detail: {
          operationId: 'getAvatar',
          tags: ['People'],
          summary: 'Get a profile picture',
          description: '404 if the person has none.',
          responses: {
            200: {
              description: 'WebP, at most 512 pixels wide and high.',
              headers: { ETag: { description: 'Changes with the picture.', schema: { type: 'string' } } },
              content: { 'image/webp': binary },
            },
            304: { description: 'Not modified.' },
          },
        },
      },
    )
    .put(
      paths.api.avatar,
      async ({ me, request }) => {
        const type = request.headers.get('content-type')?.split(';')[0]?.trim().toLowerCase() ?? ''
        if (!TYPES.includes(type)) throw new UnsupportedType('Send a PNG, JPEG, WebP or GIF picture.')
        await setAvatar(deps, me.id, async () => {
          const bytes = await readUpload(request, { limit: PICTURE_BYTES, pace: UPLOAD_PACE })
          if (bytes.length === 0) throw new BadRequest('The body is empty.', 'body_missing')
          return bytes
        })
        return noContent()
      },
      {
        auth: 'session',
        response: { 204: t.Undefined(), ...problems(422, 429, 501) },
        detail: {
          operationId: 'setAvatar',
          tags: ['Settings'],
          summary: 'Set your profile picture',
          description: `The bytes of a PNG, JPEG, WebP or GIF of at most ${PICTURE_BYTES / 1024 / 1024} MB and 32 million pixels. It is resized, and its metadata is removed. An animation becomes its first frame. 429 after 30 an hour, or while another upload is running.`,
          requestBody: { required: true, content: Object.fromEntries(TYPES.map((type) => [type, binary])) },
          responses: {
            204: { description: 'Saved.' },
            400: { description: 'The body is empty.' },
            413: { description: `A request body has at most ${PICTURE_BYTES} bytes.` },
            415: { description: 'Send a PNG, JPEG, WebP or GIF picture.' },
            501: { description: 'This server cannot read images.' },
          },
        },
      },
    )
    .delete(
      paths.api.avatar,
      async ({ me }) => {
        await removeAvatar(deps, me.id)
        return noContent()
      },
      {
        auth: 'session',
        response: { 204: t.Undefined() },
        detail: {
          operationId: 'removeAvatar',
          tags: ['Settings'],
          summary: 'Remove your profile picture',
          description: 'Idempotent.',
          responses: { 204: { description: 'Removed.' } },
        },
      },
    )
}
