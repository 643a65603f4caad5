import type { ComponentChildren } from 'preact'

type Props = {
  name: string
  /** Marks the row, such as "This browser". */
  tag?: string | null
  details: string[]
  /** A button or link to change it. */
  children: ComponentChildren
}

/** An item of a list of the user's sessions, tokens or passkeys. */
export function OwnedRow({ name, tag, details, children }: Props) {
  return (
    <li class="owned-row">
      <div>
        <p class="row-name">
          <bdi>{name}</bdi>
          {tag && <strong class="tag">{tag}</strong>}
        </p>
        {details.map((detail) => (
          <p key={detail} class="hint">
            {detail}
          </p>
        ))}
      </div>
      {children}
    </li>
  )
}
