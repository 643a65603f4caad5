/** A link that works alone; htmx follows it by exchanging only the conversation's pane. The last click wins. */
export const mainPaneLink = (href: string) => ({
  href,
  'hx-get': href,
  'hx-target': '#main',
  'hx-push-url': 'true',
  'hx-sync': '#main:replace',
})

/** The last item of a list that is not at its end: a link, which htmx follows when it comes into view and puts the next rows in its place. */
export const nextPageLink = (href: string) => ({
  href,
  'hx-get': href,
  'hx-trigger': 'revealed',
  'hx-target': 'closest li',
  'hx-swap': 'outerHTML',
})
