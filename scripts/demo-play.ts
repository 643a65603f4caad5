/** One conversation of the demo. */
export type Play = {
  lines: { by: string; body: string; time: number }[]
  /** The number of lines read, for those who have not read all. */
  readUpTo: Record<string, number>
}

const MINUTE = 60_000
const AGO = /^(\d+) (day|hour|minute)s? ago(?:, (\d\d):(\d\d))?$/
const READ = /^\((\S+) has read up to here\)$/
const MESSAGE = /^(\S+): (.*)$/

/**
 * Parses a conversation in the format of scripts/demo/*.txt: `3 days ago, 18:04` or `20 minutes ago`, followed by one
 * `username: text` per line, in chronological order. Indented lines continue the previous one.
 * @param start the time that `ago` refers to, in milliseconds since 1970
 * @throws Error that quotes an invalid line
 */
export function readPlay(text: string, start: number): Play {
  const play: Play = { lines: [], readUpTo: {} }
  let time = 0
  for (const line of text.trimEnd().split('\n')) {
    const ago = AGO.exec(line)
    const message = MESSAGE.exec(line)
    const reader = READ.exec(line)?.[1]
    const last = play.lines.at(-1)
    if (ago) {
      time = Math.max(time, timeOf(ago, start))
    } else if (reader) {
      play.readUpTo[reader] = play.lines.length
    } else if (message) {
      const [, by = '', body = ''] = message
      // Leaves time for typing, and stays in the past.
      time = Math.min(time + 10_000 + 700 * body.length, start)
      play.lines.push({ by, body, time })
    } else if (last && /^(?: {2}|$)/.test(line)) {
      last.body += `\n${line.slice(2)}`
    } else {
      throw new Error(`Invalid line: ${line}`)
    }
  }
  return play
}

function timeOf([, count, unit, hours, minutes]: RegExpExecArray, start: number): number {
  if (unit !== 'day') return start - Number(count) * (unit === 'hour' ? 60 * MINUTE : MINUTE)
  const day = new Date(start)
  day.setDate(day.getDate() - Number(count))
  return day.setHours(Number(hours), Number(minutes), 0, 0)
}
