/** What is said in one conversation of the demo. */
export type Play = {
  lines: { by: string; body: string; time: number }[]
  /** For those who have not read everything: how many of the lines they have. */
  readUpTo: Record<string, number>
}

const MINUTE = 60_000
const AGO = /^(\d+) (day|hour|minute)s? ago(?:, (\d\d):(\d\d))?$/
const READ = /^\((\S+) has read up to here\)$/
const SAID = /^(\S+): (.*)$/

/**
 * Reads a conversation as scripts/demo/*.txt write it: `3 days ago, 18:04` or `20 minutes ago`, then who says what, a line
 * each, in the order of time. What is indented goes on with the line before it.
 * @param start milliseconds since 1970 that the times count back from
 * @throws Error that quotes a line it can't read
 */
export function readPlay(text: string, start: number): Play {
  const play: Play = { lines: [], readUpTo: {} }
  let time = 0
  for (const line of text.trimEnd().split('\n')) {
    const ago = AGO.exec(line)
    const said = SAID.exec(line)
    const reader = READ.exec(line)?.[1]
    const last = play.lines.at(-1)
    if (ago) {
      time = Math.max(time, timeOf(ago, start))
    } else if (reader) {
      play.readUpTo[reader] = play.lines.length
    } else if (said) {
      const [, by = '', body = ''] = said
      // Nobody writes faster than this, nor from the future.
      time = Math.min(time + 10_000 + 700 * body.length, start)
      play.lines.push({ by, body, time })
    } else if (last && /^(?: {2}|$)/.test(line)) {
      last.body += `\n${line.slice(2)}`
    } else {
      throw new Error(`Not a line of a conversation: ${line}`)
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
