/** Maximum length of the reason for a report, in characters (code points). */
export const REASON_LIMIT = 1000
