import type { ComponentChildren } from 'preact'

// Drawn on a 20-pixel grid with one stroke width, so that they look like one hand made them.
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

export const SignOutIcon = () => (
  <Icon>
    <path d="M11.5 3.5h-6v13h6M9 10h7.5m-3-3 3 3-3 3" />
  </Icon>
)

/** The product's sign: two who talk, one shape leaning into the other. */
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true">
    <path class="mark-theirs" d="M4 4h15a5 5 0 0 1 5 5v5a5 5 0 0 1-5 5H9l-5 4z" />
    <path class="mark-own" d="M28 29H15a5 5 0 0 1-5-5v-4a5 5 0 0 1 5-5h8a5 5 0 0 1 5 5z" />
  </svg>
)
