/** Number of slots of a Redis Cluster. */
export const SLOTS = 16_384

/** Returns the slot of a key or a sharded channel: CRC16 of its hash tag, or of all of it (Redis Cluster specification). */
export function slotOf(key: string): number {
  const [, tag = key] = /^[^{]*\{([^}]+)\}/s.exec(key) ?? []
  let crc = 0
  for (const byte of Buffer.from(tag)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = (crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1) & 0xffff
  }
  return crc % SLOTS
}
