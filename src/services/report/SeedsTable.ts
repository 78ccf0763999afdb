import * as Format from "./Format.js"
import type { Spread } from "./Spread.js"

interface Runs {
  readonly runs: ReadonlyArray<{ readonly seed: number; readonly scores: Readonly<Record<string, number>> }>
  readonly spreads: Readonly<Record<string, Spread>>
}

const text = (name: string, value: number): string => Format.score(name.slice(name.indexOf("/") + 1), value)

const spreadText = (name: string, { deviation, interval, mean, n }: Spread): string => {
  if (deviation === null || interval === null) return `${text(name, mean)} (one run)`
  const [low, high] = interval
  return `mean ${text(name, mean)}, deviation ${text(name, deviation)}, 95 % interval ${text(name, low)} to ${text(name, high)} (n = ${n})`
}

const title = (name: string): string => name.replace("/", " ")

/** The scores of each seed, and their spreads, as text. */
export const render = ({ runs, spreads }: Runs): string => {
  const names = Object.keys(spreads)
  const cells = [
    ["seed", ...names.map(title)],
    ...runs.map(({ scores, seed }) => [
      `${seed}`,
      ...names.map((name) => {
        const value = scores[name]
        return value === undefined ? "-" : text(name, value)
      })
    ])
  ]
  const width = (column: number) => Math.max(...cells.map((row) => row[column]?.length ?? 0))
  const rows = cells.map((row) => row.map((cell, column) => cell.padStart(width(column))).join("  "))
  const lines = names.flatMap((name) => {
    const spread = spreads[name]
    return spread === undefined ? [] : [`${title(name)}: ${spreadText(name, spread)}`]
  })
  const note = "the deviation is that of the sample (n - 1), the interval that of the mean by Student's t"
  return [...rows, "", ...lines, ...(runs.length > 1 ? [note] : []), ""].join("\n")
}
