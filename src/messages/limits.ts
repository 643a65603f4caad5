/** Characters (code points) in a message's body, after trimming. */
export const BODY_LIMIT = 4000
