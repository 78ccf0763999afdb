import { Schema } from "effect"

const Names = Schema.Array(Schema.String)

/**
 * Weights cannot be read, or are not the network's: `reason` says why, and the lists name every tensor that is wrong.
 *
 * @category errors
 */
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

/** Names from files may be many, and may contain control sequences of a terminal. */
const listed = (names: ReadonlyArray<string>): string =>
  [
    ...names.slice(0, 100).map((name) => name.replace(/\p{C}/gu, "?")),
    ...(names.length > 100 ? [`and ${names.length - 100} more`] : [])
  ].join(", ")

/**
 * The error for a file whose weights cannot be read.
 *
 * @category errors
 */
export const unreadable = (reason: string, fix = "fetch or write the file again"): WeightsError =>
  new WeightsError({ reason, fix, missing: [], unexpected: [], misshapen: [] })

/**
 * Text from a file, safe to print: quoted, without control characters, at most a line long.
 *
 * @category errors
 */
export const quote = (text: string): string => JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}...` : text)
