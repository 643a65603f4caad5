import { paths, withQuery } from '../../../web/paths.ts'
import type { Config } from '../../process/config.ts'
import type { LinkPurpose } from './entity.ts'

const PAGES: Record<LinkPurpose, string> = { reset: paths.resetPassword, verify: paths.verifyEmail }

/** The URL of a single-use link. Its origin comes from the settings, because the headers of a request can be forged. */
export function accountLinkUrl(
  { origin }: Pick<Config, 'origin'>,
  purpose: LinkPurpose,
  token: string,
): string {
  return origin + withQuery(PAGES[purpose], { token })
}

/** The URL of the page behind an invite. */
export function inviteUrl({ origin }: Pick<Config, 'origin'>, token: string): string {
  return origin + withQuery(paths.invite, { token })
}
