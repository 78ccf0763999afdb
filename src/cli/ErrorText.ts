import * as Cause from "effect/Cause"
import * as CliError from "effect/cli/CliError"
import { RunConfigError } from "../services/config/RunConfigError.js"
import { ReportedFailure } from "./Output.js"

/** A failure at the terminal: the text for standard error and the exit status of the process. */
export interface ErrorText {
  readonly text: string
  readonly exitCode: 1 | 2 | 130
}

/** Failures as their messages, wrong usage and bad settings with status 2; defects as a short message with a request to report them. */
export const fromCause = (cause: Cause.Cause<unknown>): ErrorText => {
  if (Cause.hasInterruptsOnly(cause)) return { text: "", exitCode: 130 }
  const failure = cause.reasons.find(Cause.isFailReason)
  if (failure === undefined) {
    const defect = Cause.squash(cause)
    return {
      text: `internal error: ${defect instanceof Error ? defect.message : String(defect)}
  This is a mistake in effect-tensorflow, not in what you did: please report it, with the output of the same command under --log-level debug.`,
      exitCode: 1
    }
  }
  const { error } = failure
  if (error instanceof ReportedFailure) return { text: "", exitCode: 1 }
  if (CliError.isCliError(error)) return { text: usage(error), exitCode: 2 }
  const text = error instanceof Error ? error.message : String(error)
  return error instanceof RunConfigError
    ? { text: `the configuration cannot be used:\n${indent(text)}`, exitCode: 2 }
    : { text, exitCode: 1 }
}

const usage = (error: CliError.CliError): string => {
  if (error._tag !== "ShowHelp") return error.message
  const problems = error.errors.map(({ message }) => message)
  return [
    ...(problems.length > 0 ? problems : ["no command was given"]),
    `see ${error.commandPath.join(" ")} --help`
  ].join("\n")
}

const indent = (text: string): string => text.replace(/^/gm, "  ")
