/** A link that works without JavaScript; htmx swaps only the conversation pane. The last click wins. */
export const mainPaneLink = (href: string) => ({
  href,
  'hx-get': href,
  'hx-target': '#main',
  'hx-push-url': 'true',
  'hx-sync': '#main:replace',
})

/** The last item of an incomplete list: a link, which htmx replaces with the next rows when it comes into view. */
export const nextPageLink = (href: string) => ({
  href,
  'hx-get': href,
  'hx-trigger': 'revealed',
  'hx-target': 'closest li',
  'hx-swap': 'outerHTML',
})
