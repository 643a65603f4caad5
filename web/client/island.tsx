import { hydrate, render } from 'preact'
import { Conversation } from '../chat/conversation.tsx'
import type { ConversationActions, HydrationProps } from '../chat/conversation-props.ts'
import { chatPaths } from '../chat/paths.ts'
import type { ConversationStore } from '../sync/conversation-store.ts'
import type { Drafts } from '../sync/drafts.ts'
import { chatText } from '../text/chat-text.ts'
import { ViewerContext } from '../ui/viewer.ts'
import type { Page } from './page.ts'

type Env = {
  page: Pick<Page, 'openConversation' | 'closeConversation' | 'queue' | 'live' | 'read'>
  drafts: Drafts
  /** The page must be loaded again: another account or language is in use, or the person deleted their account. */
  onMoved(): void
}

/** The conversation on the page: rendered by the server, then kept up to date by Preact. There is at most one. */
export class Island {
  #host: Element | null = null
  #props: HydrationProps | null = null
  #conversation: ConversationStore | null = null
  #isRenderDue = false

  constructor(readonly env: Env) {}

  /** The username of the other person. */
  get person(): string | null {
    return this.#props?.person.username ?? null
  }

  /** Hydrates the conversation in the document, and closes the previous one. */
  sync(document: Document): void {
    const host = document.getElementById('conversation')
    if (host === this.#host) return
    this.#close()
    const json = document.getElementById('conversation-props')?.textContent
    if (!host || !json) return
    const props: HydrationProps = JSON.parse(json)
    // Pages of history are for browsers without JavaScript; here, the user scrolls back from the newest message.
    const { language } = props.viewer
    // The script contains the texts of one language, and the user has chosen another one in the meantime.
    if (chatText(language).language !== language) this.env.onMoved()
    else if (props.next) document.location.replace(chatPaths.chat(props.person.username))
    else this.#open(host, props)
  }

  /** Renders again in a microtask, unless `person` is given and another conversation is open. */
  refresh(person = this.person): void {
    if (person !== this.person || this.#isRenderDue) return
    this.#isRenderDue = true
    queueMicrotask(() => {
      this.#isRenderDue = false
      this.#render()
    })
  }

  /** Shows that the server rejects messages to `person`, as a reloaded page would. */
  closeComposer(person: string): void {
    if (person !== this.person || !this.#props) return
    this.#props.open = false
    this.refresh()
  }

  #open(host: Element, props: HydrationProps): void {
    this.#host = host
    this.#conversation = this.env.page.openConversation({
      person: props.person.username,
      start: props,
      onChange: () => this.refresh(),
      onMoved: this.env.onMoved,
    })
    this.#props = { ...props, actions: this.#actions(props, this.#conversation) }
    // Hydrate with the props that the server rendered, without a connection state; then render the current state.
    hydrate(root({ ...this.#props, connection: 'live' }), host)
    this.refresh()
  }

  #close(): void {
    if (this.person !== null) this.env.page.closeConversation(this.person)
    if (this.#host) render(null, this.#host)
    this.#host = this.#conversation = this.#props = null
  }

  #render(): void {
    if (!this.#host || !this.#props || !this.#conversation) return
    const props = { ...this.#props, ...this.#conversation.view(), connection: this.env.page.live.status }
    render(root(props), this.#host)
  }

  #actions({ person: { username } }: HydrationProps, conversation: ConversationStore): ConversationActions {
    const { page, drafts } = this.env
    return {
      send: (body) => page.queue.send(username, body.toWellFormed()),
      loadEarlier: () => conversation.loadEarlier(),
      setAtEnd: (isAtEnd) => conversation.setAtEnd(isAtEnd),
      retry: (clientId) => page.queue.retry(clientId),
      discard: (clientId) => page.queue.discard(clientId),
      read: (seq) => page.read(username, seq),
      loadDraft: () => drafts.load(username),
      saveDraft: (typed) => drafts.save(username, typed),
    }
  }
}

/** The conversation with its viewer, which must stay the same object, or every message would be rendered again. */
function root({ viewer, ...props }: HydrationProps) {
  return (
    <ViewerContext value={viewer}>
      <Conversation {...props} />
    </ViewerContext>
  )
}
