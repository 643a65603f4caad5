import type { ComponentChild } from 'preact'
import type { Viewer } from '../../src/accounts/profile/schema.ts'
import { ViewerContext } from '../../web/ui/viewer.ts'

/** The viewer in tests of components. */
export const viewer: Viewer = { language: 'en', zone: 'UTC', theme: null }

/** Provides `value` to the components in `children`, as the root of a page does. */
export const withViewer = (children: ComponentChild, value = viewer) => (
  <ViewerContext value={value}>{children}</ViewerContext>
)
