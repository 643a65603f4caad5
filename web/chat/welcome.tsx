import type { ComponentChildren } from 'preact'
import { Avatar } from '../ui/avatar.tsx'
import { Mark } from '../ui/icons.tsx'
import { useText } from '../ui/use-text.ts'

/** The frame of the sign-in pages: an introduction beside the form. */
export function Welcome({ children }: { children: ComponentChildren }) {
  const t = useText()
  return (
    <div class="welcome">
      <header class="pitch">
        <p class="brand">
          <Mark />
          {t.product}
        </p>
        <Scene lines={t.account.sampleMessages} />
        <div>
          <p class="tagline">{t.account.tagline}</p>
          <p class="lead">{t.account.pitch}</p>
        </div>
      </header>
      <main id="main" class="entry">
        {children}
      </main>
    </div>
  )
}

/** A sample conversation, decorative, built with the product's own components. */
function Scene({ lines }: { lines: string[] }) {
  const people = [
    { username: 'mei', displayName: 'M' },
    { username: 'ada', displayName: 'A' },
  ]
  return (
    <div class="scene" aria-hidden="true">
      {lines.map((line, index) => (
        <div key={line} class={`run ${index % 2 ? 'own' : 'theirs'}`}>
          <Avatar person={people[index % 2]!} size="small" />
          <span class="body">{line}</span>
        </div>
      ))}
      <div class="run own">
        <Avatar person={people[1]!} size="small" />
        <span class="body typing">
          <i />
          <i />
          <i />
        </span>
      </div>
    </div>
  )
}
