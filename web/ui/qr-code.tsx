import { encode } from 'uqr'

/** Light modules around the code, which scanners need (ISO/IEC 18004). */
const QUIET = 4

/** A QR code: dark on light in every theme, since some scanners cannot read inverted codes. */
export function QrCode({ content, label }: { content: string; label: string }) {
  const { data, size } = encode(content, { border: QUIET })
  const dark = data.flatMap((row, y) => row.flatMap((isDark, x) => (isDark ? `M${x} ${y}h1v1h-1z` : [])))
  return (
    <svg class="qr-code" viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label}>
      <path fill="#fff" d={`M0 0h${size}v${size}H0z`} />
      <path fill="#000" shape-rendering="crispEdges" d={dark.join('')} />
    </svg>
  )
}
