import type { ComponentChildren } from 'preact'

// All on a 20-pixel grid with one stroke width, for a consistent look.
const Icon = ({ children }: { children: ComponentChildren }) => (
  <svg class="icon" viewBox="0 0 20 20" aria-hidden="true">
    {children}
  </svg>
)

export const BackIcon = () => (
  <Icon>
    <path d="M12.5 4 6.5 10l6 6" />
  </Icon>
)

export const SendIcon = () => (
  <Icon>
    <path d="M10 16V4.5M4.75 9.5 10 4.25l5.25 5.25" />
  </Icon>
)

export const MoreIcon = () => (
  <Icon>
    {[4.75, 10, 15.25].map((x) => (
      <circle key={x} cx={x} cy="10" r="0.7" />
    ))}
  </Icon>
)

export const DownIcon = () => (
  <Icon>
    <path d="M10 4v11.5M4.75 10.5 10 15.75l5.25-5.25" />
  </Icon>
)

export const ClockIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7" />
    <path d="M10 6v4.25l2.5 1.5" />
  </Icon>
)

export const CheckIcon = () => (
  <Icon>
    <path d="m4.5 10.75 3.75 3.75 7.25-8.5" />
  </Icon>
)

export const WarningIcon = () => (
  <Icon>
    <circle cx="10" cy="10" r="7.25" />
    <path d="M10 6v4.75M10 13.5v.25" />
  </Icon>
)

export const SearchIcon = () => (
  <Icon>
    <circle cx="8.75" cy="8.75" r="5" />
    <path d="m12.5 12.5 4 4" />
  </Icon>
)

export const NoteIcon = () => (
  <Icon>
    <path d="M5.5 3v14l4.5-3.5 4.5 3.5V3z" />
  </Icon>
)

export const ShieldIcon = () => (
  <Icon>
    <path d="M10 3 4.5 5v4.5c0 3.5 2.2 6 5.5 7.5 3.3-1.5 5.5-4 5.5-7.5V5zM7.5 9.75l2 2 3.25-3.75" />
  </Icon>
)

export const SignOutIcon = () => (
  <Icon>
    <path d="M11.5 3.5h-6v13h6M9 10h7.5m-3-3 3 3-3 3" />
  </Icon>
)

/** The product's logo: two overlapping speech bubbles. */
export const Mark = ({ large = false }) => (
  <svg class={large ? 'mark large' : 'mark'} viewBox="0 0 32 32" aria-hidden="true">
    <path
      class="mark-theirs"
      d="M8 4h11a5 5 0 0 1 5 5v4.5a5 5 0 0 1-5 5h-8.5L5.7 22.3A1 1 0 0 1 4 21.5V8a4 4 0 0 1 4-4z"
    />
    <path
      class="mark-own"
      d="M15.5 14h8a4.5 4.5 0 0 1 4.5 4.5v8.2a1 1 0 0 1-1.7.7L24.5 26h-9a4.5 4.5 0 0 1-4.5-4.5v-3a4.5 4.5 0 0 1 4.5-4.5z"
    />
  </svg>
)
