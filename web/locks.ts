/** Web Locks (W3C), as far as they are used here: held while `run` runs, and free again when the tab is gone. */
export type Locks = {
  request(
    name: string,
    options: { signal?: AbortSignal; steal?: boolean },
    run: () => Promise<void>,
  ): Promise<unknown>
}
