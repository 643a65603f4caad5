/** Unread messages are counted up to this number. */
export const UNREAD_LIMIT = 100
