/** The number of unread messages as a badge and a title show it. The server counts up to 100. */
export function unreadLabel(count: number): string {
  return count > 99 ? '99+' : `${count}`
}
