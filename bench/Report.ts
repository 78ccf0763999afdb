import { mkdirSync, writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

export const print = (line: string): void => {
  process.stdout.write(`${line}\n`)
}

export const median = (values: ReadonlyArray<number>): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? Number.NaN

/** Prints a table in Markdown. */
export const table = (rows: ReadonlyArray<ReadonlyArray<string>>): void => {
  const [head = [], ...others] = rows
  for (const row of [head, head.map(() => "---"), ...others]) print(`| ${row.join(" | ")} |`)
}

/** The directory of results; a result replaces the earlier one of its name. */
export const results = fileURLToPath(new URL("./results/", import.meta.url))

export const save = (name: string, result: unknown): void => {
  mkdirSync(results, { recursive: true })
  writeFileSync(`${results}${name}.json`, `${JSON.stringify(result, null, 1)}\n`)
  print(`wrote bench/results/${name}.json`)
}
