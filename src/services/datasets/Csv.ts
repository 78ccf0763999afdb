import { CsvError, parse } from "csv-parse/sync"
import { Result } from "effect"
import type { Label, Task } from "../../data/Targets.js"
import * as Labels from "./Labels.js"

/**
 * Which columns of a table say what; a table has a header with their names.
 *
 * @category models
 */
export interface Columns {
  /** What the labels say; `"classes"` by default. */
  readonly task?: Task
  /** The column of the files' paths, relative to the folder of the table; `"path"` by default. */
  readonly path?: string
  /** The columns of the labels: by default `"label"` for classes, else every column but those of the path and the split. */
  readonly labels?: ReadonlyArray<string>
  /** The column with `train` or `test`, which may be missing; `"split"` by default. */
  readonly split?: string
  /** The names of the classes in their order; by default as `Labels.classes` finds them. */
  readonly classNames?: ReadonlyArray<string>
}

/** A row of a table: `line` is where it ends, counted from 1. */
export interface Row {
  readonly line: number
  readonly path: string
  readonly split: "train" | "test" | undefined
  readonly label: Label[Task]
}

/** What a table says: the names of the classes, labels or values, and its rows. */
export interface Table {
  readonly task: Task
  readonly names: ReadonlyArray<string>
  readonly rows: ReadonlyArray<Row>
}

interface Cells {
  readonly line: number
  readonly cells: ReadonlyArray<string>
}

const read = (text: string): Result.Result<ReadonlyArray<Cells>, ReadonlyArray<string>> =>
  Result.try({
    try: () => {
      const rows: Array<Cells> = []
      parse(text, {
        bom: true,
        trim: true,
        relax_column_count: true,
        skip_empty_lines: true,
        on_record: (cells: Array<string>, { lines }) => {
          rows.push({ line: lines, cells })
          return null
        }
      })
      return rows
    },
    catch: (cause) => [
      cause instanceof CsvError && typeof cause.lines === "number"
        ? `line ${cause.lines}: ${cause.message}`
        : String(cause instanceof Error ? cause.message : cause)
    ]
  })

/**
 * Reads a table of paths and labels.
 *
 * **Errors** what is wrong, with its line: a column that is missing, a row of another length, an empty path, a split that is neither `train` nor
 * `test`, a label that its task does not have.
 */
export const table = (text: string, columns: Columns = {}): Result.Result<Table, ReadonlyArray<string>> =>
  Result.gen(function* () {
    const [head, ...body] = yield* read(text)
    const { path = "path", split = "split", task = "classes" } = columns
    const header = head?.cells ?? []
    const labels =
      columns.labels ?? (task === "classes" ? ["label"] : header.filter((name) => name !== path && name !== split))
    const missing = [path, ...labels].filter((name) => !header.includes(name))
    if (missing.length > 0 || labels.length === 0) {
      const wanted = missing.length > 0 ? missing.map((name) => `"${name}"`).join(" and no ") : "of labels"
      return yield* Result.fail([`line 1: there is no column ${wanted} in the header ${header.join(",")}`])
    }
    const places = labels.map((name) => header.indexOf(name))
    if (task === "classes" && places.length !== 1) {
      return yield* Result.fail([
        `classes have one column of labels, and ${labels.length} are named: ${labels.join(", ")}`
      ])
    }
    const problems: Array<string> = []
    const found = Labels.classes(
      body.flatMap(({ cells }) => cells[places[0]!] || []),
      columns.classNames
    )
    const rows = body.flatMap(({ cells, line }): ReadonlyArray<Row> => {
      const refuse = (problem: string): ReadonlyArray<Row> => {
        problems.push(`line ${line}: ${problem}`)
        return []
      }
      if (cells.length !== header.length) {
        return refuse(`${cells.length} cells; the header has ${header.length}`)
      }
      const file = cells[header.indexOf(path)]!
      if (file === "") return refuse("the path is empty")
      const part = cells[header.indexOf(split)] || undefined
      if (part !== undefined && part !== "train" && part !== "test") {
        return refuse(`the split is "${part}"; expected train or test`)
      }
      const texts = places.map((place) => cells[place]!)
      if (task === "classes") {
        const label = found.numberOf(texts[0]!)
        return label === undefined
          ? refuse(texts[0] === "" ? "the label is empty" : `there is no class "${texts[0]}"`)
          : [{ line, path: file, split: part, label }]
      }
      const numbers = texts.map((cell) => (cell === "" ? Number.NaN : Number(cell)))
      const wrong = numbers.findIndex(
        (n) => !(task === "multiple" ? n === 0 || n === 1 : Number.isFinite(Math.fround(n)))
      )
      return wrong === -1
        ? [{ line, path: file, split: part, label: numbers }]
        : refuse(
            `the label "${labels[wrong]}" is "${texts[wrong]}"; expected ${task === "multiple" ? "0 or 1" : "a finite number"}`
          )
    })
    if (problems.length === 0 && rows.length === 0) problems.push("there is no row below the header")
    const bare = rows.filter((row) => row.split === undefined)
    if (bare.length > 0 && bare.length < rows.length) {
      problems.push(...bare.map(({ line }) => `line ${line}: the split is empty; other rows have train or test`))
    }
    if (problems.length > 0) return yield* Result.fail(problems)
    return { task, names: task === "classes" ? found.names : labels, rows }
  })
