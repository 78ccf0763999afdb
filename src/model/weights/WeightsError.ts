import { Schema } from "effect"

const Names = Schema.Array(Schema.String)

/** Weights cannot be read, or are not those of the network: `reason` says why, and the lists name every tensor that is wrong. */
export class WeightsError extends Schema.TaggedError<WeightsError>()("WeightsError", {
  reason: Schema.String,
  fix: Schema.String,
  missing: Names,
  unexpected: Names,
  misshapen: Names
}) {
  override get message(): string {
    const lists = [
      ["missing", this.missing],
      ["unexpected", this.unexpected],
      ["misshapen", this.misshapen]
    ] as const
    return [
      this.reason,
      ...lists.filter(([, names]) => names.length > 0).map(([title, names]) => `  ${title}: ${listed(names)}`),
      `  fix: ${this.fix}`
    ].join("\n")
  }
}

/** Names out of files may be many, and may hold what a terminal obeys. */
const listed = (names: ReadonlyArray<string>): string =>
  [
    ...names.slice(0, 100).map((name) => name.replace(/\p{C}/gu, "?")),
    ...(names.length > 100 ? [`and ${names.length - 100} more`] : [])
  ].join(", ")

/** A file that holds no weights that can be read. */
export const unreadable = (reason: string, fix = "fetch or write the file anew"): WeightsError =>
  new WeightsError({ reason, fix, missing: [], unexpected: [], misshapen: [] })

/** Text out of a file, safe to print: quoted, without control characters, not longer than a line. */
export const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text)
