/** Who may create an account: everybody, people with an invite, or nobody. Administrators can always add accounts. */
export const SIGN_UP = ['open', 'invite', 'closed'] as const

/** Who may invite people. */
export const INVITES = ['admins', 'everybody'] as const

/** Whom people find: everybody, or only the person whose whole username they know. */
export const DIRECTORY = ['everybody', 'exact'] as const

/** Who must have a second factor: nobody, administrators, or everybody. */
export const TWO_FACTOR = ['optional', 'admins', 'required'] as const
