/** One line of the table. Each number is the result of one round; the table shows median and spread. */
export type Row = {
  what: string
  unit: string
  app: number[]
  /** The baseline's results, measured in alternation with the app's. */
  baseline?: number[]
  budget?: Budget
}

/** Bounds of the app's result or, with `of`, of its ratio to those results. */
export type Budget = { of?: { name: string; rounds: number[] }; atMost?: number; atLeast?: number }

/** Returns a Markdown table with the median and, in parentheses, the minimum and maximum of the rounds. */
export function table(rows: Row[]): string {
  const cells = [
    ['measurement', 'unit', 'app', 'baseline', 'ratio', 'budget'],
    ...rows.map(({ what, unit, app, baseline, budget }) => [
      what,
      unit,
      spread(app),
      baseline ? spread(baseline) : '',
      ratio(app, budget?.of?.rounds ?? baseline),
      budget ? verdict(app, budget) : '',
    ]),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((line) => line[column]!.length)))
  const line = (texts: string[]) =>
    `| ${texts.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`
  const [head, ...body] = cells.map(line)
  return [head, line(widths.map((width) => '-'.repeat(width))), ...body].join('\n')
}

/** Returns the value below which the given share of the numbers lies. */
export function percentile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? Number.NaN
}

export function median(numbers: readonly number[]): number {
  return percentile(numbers, 0.5)
}

/** Compares round by round, because the speed of the machine varies. */
function ratios(app: number[], others: number[]): number[] {
  return app.map((value, round) => value / others[round]!)
}

function ratio(app: number[], others: number[] | undefined): string {
  return others ? formatted(median(ratios(app, others))) : ''
}

function verdict(app: number[], { of, atMost = Infinity, atLeast = -Infinity }: Budget): string {
  const value = median(of ? ratios(app, of.rounds) : app)
  const bound = atMost < Infinity ? `at most ${atMost}` : `at least ${atLeast}`
  const met = value <= atMost && value >= atLeast
  return `${bound}${of ? ` × ${of.name}` : ''}: ${met ? 'met' : 'NOT MET'}`
}

function spread(numbers: number[]): string {
  const [least, middle, most] = [0, 0.5, 1].map((share) => formatted(percentile(numbers, share)))
  return numbers.length === 1 ? middle! : `${middle} (${least}–${most})`
}

function formatted(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(2)))
}
