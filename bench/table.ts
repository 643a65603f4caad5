/** One line of the table. Each number is one round's, so that the spread can be seen; the median stands for all. */
export type Row = {
  what: string
  unit: string
  app: number[]
  /** The baseline's, measured in turn with the app's, round by round. */
  baseline?: number[]
  budget?: Budget
}

/** Bounds of the app's figure, or, with `of`, of that figure divided by that round's. */
export type Budget = { of?: { name: string; rounds: number[] }; atMost?: number; atLeast?: number }

/** The rows as a table in Markdown, with the median and, in brackets, the least and the most of the rounds. */
export function table(rows: Row[]): string {
  const cells = [
    ['what', '', 'app', 'baseline', 'ratio', 'budget'],
    ...rows.map(({ what, unit, app, baseline, budget }) => [
      what,
      unit,
      spread(app),
      baseline ? spread(baseline) : '',
      ratio(app, budget?.of?.rounds ?? baseline),
      budget ? judged(app, budget) : '',
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)))
  const line = (texts: string[]) =>
    `| ${texts.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = cells.map(line)
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}

/** The value below which this share of the numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5)
}

/** Round by round, as the machine is not the same in each. */
function ratios(app: number[], others: number[]): number[] {
  return app.map((value, round) => value / others[round]!)
}

function ratio(app: number[], others: number[] | undefined): string {
  return others ? written(median(ratios(app, others))) : ''
}

function judged(app: number[], { of, atMost = Infinity, atLeast = -Infinity }: Budget): string {
  const value = median(of ? ratios(app, of.rounds) : app)
  const bound = atMost < Infinity ? `at most ${atMost}` : `at least ${atLeast}`
  const met = value <= atMost && value >= atLeast
  return `${bound}${of ? ` x ${of.name}` : ''}: ${met ? 'met' : 'NOT MET'}`
}

function spread(numbers: number[]): string {
  const [least, middle, most] = [0, 0.5, 1].map((share) => written(percentile(numbers, share)))
  return numbers.length === 1 ? middle! : `${middle} (${least}–${most})`
}

function written(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)))
}
