export type Assets = { client: string; styles: string; preload: string[] }
export function readAssets(): Assets {
  return { client: '', styles: '', preload: [] }
}
