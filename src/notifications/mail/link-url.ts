import { paths, withQuery } from '../../../web/paths.ts'
import type { LinkPurpose } from '../../accounts/schema.ts'
import type { Config } from '../../process/config.ts'

const PAGES: Record<LinkPurpose, string> = { reset: paths.resetPassword, verify: paths.verifyEmail }

/** The address of a single-use link. Its origin is the settings' alone: that of a request is whatever somebody sent. */
export function accountLinkUrl(
  { origin }: Pick<Config, 'origin'>,
  purpose: LinkPurpose,
  token: string,
): string {
  return origin + withQuery(PAGES[purpose], { token })
}
