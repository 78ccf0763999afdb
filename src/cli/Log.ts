import * as Cause from "effect/Cause"
import * as Logger from "effect/Logger"
import pc from "picocolors"

/** Colours for standard error. */
export const colors = pc.createColors(process.stderr.isTTY === true && process.env.NO_COLOR === undefined)

const marks: Readonly<Record<string, string>> = {
  Warn: `${colors.yellow("warning:")} `,
  Error: `${colors.red("error:")} `,
  Fatal: `${colors.red("error:")} `
}

/** Writes the log to standard error, a message a line, without time and fiber. */
export const layer = Logger.layer([
  Logger.withConsoleError(
    Logger.make(({ logLevel, message }) =>
      [message]
        .flat()
        .map((part) => `${marks[logLevel] ?? ""}${Cause.isCause(part) ? Cause.pretty(part) : String(part)}`)
        .join(" ")
    )
  )
])
