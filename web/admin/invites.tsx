import type { AdminInvitePageView } from '../../src/admin/schema.ts'
import { PostButton, Saved } from '../ui/form.tsx'
import { fullTime } from '../ui/time.ts'
import { useText } from '../ui/use-text.ts'
import { useViewer } from '../ui/viewer.ts'
import { AdminFrame, type AdminView, Pages, Table, UserLink } from './frame.tsx'
import { adminPaths } from './paths.ts'

type Props = {
  invites: AdminInvitePageView
  cursor: string | undefined
  revoked: boolean
  view: AdminView
}

/** The invites of all users. */
export function AdminInvitesPage({ invites, cursor, revoked, view }: Props) {
  const { admin } = useText()
  const t = admin.invites
  const viewer = useViewer()
  return (
    <AdminFrame view={view} section="invites">
      {revoked && <Saved>{t.revoked}</Saved>}
      {invites.results.length === 0 ? (
        <p class="card">{t.none}</p>
      ) : (
        <Table label={admin.sections.invites}>
          <thead>
            <tr>
              {(['creator', 'name', 'used', 'expiresAt', 'revoke'] as const).map((column) => (
                <th key={column} scope="col">
                  {t[column]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {invites.results.map(({ id, creator, name, uses, used, expiresAt }) => (
              <tr key={id}>
                <td>
                  <UserLink username={creator} view={view} />
                </td>
                <td>{name ? <bdi>{name}</bdi> : '–'}</td>
                <td>
                  {used} / {uses}
                </td>
                <td>
                  <time datetime={expiresAt}>{fullTime(expiresAt, viewer)}</time>
                </td>
                <td>
                  <PostButton action={adminPaths.revokeInvite(id)} label={t.revokeOf(id)}>
                    {t.revoke}
                  </PostButton>
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      <Pages path={adminPaths.invites} query={{ cursor }} next={invites.next} />
    </AdminFrame>
  )
}
