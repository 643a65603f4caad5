import { paths } from '../paths.ts'

const { admin } = paths
const api = `${paths.api.root}/admin`
const segment = encodeURIComponent

/** The URLs of the administrators' pages and API, separate so that other pages do not load them. */
export const adminPaths = {
  users: `${admin}/users`,
  newUser: `${admin}/users/new`,
  userActions: `${admin}/users/actions`,
  user: (username: string) => `${admin}/users/of/${segment(username)}`,
  endSessions: (username: string) => `${admin}/users/of/${segment(username)}/sessions/end`,
  endSession: (username: string, id: string) =>
    `${admin}/users/of/${segment(username)}/sessions/${segment(id)}/end`,
  resetLink: (username: string) => `${admin}/users/of/${segment(username)}/reset-link`,
  endTwoFactor: (username: string) => `${admin}/users/of/${segment(username)}/two-factor/end`,
  reports: `${admin}/reports`,
  report: (id: string) => `${admin}/reports/${segment(id)}`,
  invites: `${admin}/invites`,
  revokeInvite: (id: string) => `${admin}/invites/${segment(id)}/revoke`,
  audit: `${admin}/audit`,
  messages: `${admin}/messages`,
  message: (id: string) => `${admin}/messages/${segment(id)}`,
  api: {
    overview: `${api}/overview`,
    users: `${api}/users`,
    userActions: `${api}/user-actions`,
    user: (username: string) => `${api}/users/${segment(username)}`,
    sessions: (username: string) => `${api}/users/${segment(username)}/sessions`,
    session: (username: string, id: string) => `${api}/users/${segment(username)}/sessions/${segment(id)}`,
    resetLinks: (username: string) => `${api}/users/${segment(username)}/reset-links`,
    twoFactorRemoval: (username: string) => `${api}/users/${segment(username)}/two-factor/removal`,
    reports: `${api}/reports`,
    report: (id: string) => `${api}/reports/${segment(id)}`,
    decision: (id: string) => `${api}/reports/${segment(id)}/decision`,
    invites: `${api}/invites`,
    invite: (id: string) => `${api}/invites/${segment(id)}`,
    audit: `${api}/audit`,
    messages: `${api}/messages`,
    message: (id: string) => `${api}/messages/${segment(id)}`,
  },
} as const
