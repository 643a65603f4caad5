import { RULES, type Violation } from './ledger.ts'

/** One fault and its outcome. */
export type Outcome = {
  kind: string
  /** Messages acknowledged between the start of the fault and the check after it. */
  acknowledged: number
  /** Milliseconds from the end of the fault until every client was up to date; null if that did not happen. */
  recovery: number | null
  violations: readonly Violation[]
}

/** Returns a Markdown table: one line per kind, in order of first occurrence, and a total. */
export function table(outcomes: readonly Outcome[]): string {
  const kinds = [...Map.groupBy(outcomes, ({ kind }) => kind)]
  const cells = [
    ['kind of fault', 'faults', 'acknowledged', ...RULES, 'recovery p50', 'p99'],
    ...kinds.map(([kind, some]) => line(kind, some)),
    line('all', outcomes),
  ]
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((row) => row[column]!.length)))
  const rows = cells.map((row) =>
    row.map((cell, column) => (column ? cell.padStart(widths[column]!) : cell.padEnd(widths[0]!))),
  )
  rows.splice(
    1,
    0,
    widths.map((width, column) => (column ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width))),
  )
  return rows.map((row) => `| ${row.join(' | ')} |`).join('\n')
}

function line(kind: string, outcomes: readonly Outcome[]): string[] {
  const violations = outcomes.flatMap(({ violations }) => violations)
  const times = outcomes.flatMap(({ recovery }) => recovery ?? []).sort((a, b) => a - b)
  return [
    kind,
    `${outcomes.length}`,
    `${outcomes.reduce((sum, { acknowledged }) => sum + acknowledged, 0)}`,
    ...RULES.map((rule) => `${violations.filter((violation) => violation.rule === rule).length}`),
    ...[0.5, 0.99].map((share) => seconds(times[Math.ceil(times.length * share) - 1])),
  ]
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`
}
