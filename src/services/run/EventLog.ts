import { Effect, FileSystem, Result, Schema } from "effect"
import { type RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import { fileError, writeAtomic } from "../files/Files.js"

/** A log of events cannot be used: `line` (1-based) is where, null where it is the file itself. */
export class EventLogError extends Schema.TaggedError<EventLogError>()("EventLogError", {
  path: Schema.String,
  line: Schema.NullOr(Schema.Int),
  reason: Schema.String,
  fix: Schema.String
}) {
  override get message(): string {
    return `${this.path}${this.line === null ? "" : `, line ${this.line}`}: ${this.reason}\n  fix: ${this.fix}`
  }
}

/** The events of a log: how the run began, and the rest; `cutLine` is the last line's number where a kill left it half-written, else null. */
export interface EventLog {
  readonly started: RunStarted
  readonly rest: ReadonlyArray<TrainEvent>
  readonly cutLine: number | null
}

// The JSON codec, since JSON has no NaN and no infinity: a loss that diverged must not spoil the log that shows it.
const codec = Schema.fromJsonString(Schema.toCodecJson(TrainEvent))
const toLine = Schema.encodeSync(codec)
const fromLine = Schema.decodeUnknownResult(codec)
const tagOf = Schema.decodeUnknownResult(Schema.fromJsonString(Schema.Struct({ _tag: Schema.String })))
const tags: ReadonlyArray<string> = TrainEvent.members.map((member) => member.fields._tag.schema.literal)

/** One event as one line of JSON, its newline included. */
export const encode = (event: TrainEvent): string => `${toLine(event)}\n`

const problem = (line: string): { readonly reason: string; readonly fix: string } => {
  const tag = tagOf(line)
  if (Result.isFailure(tag)) {
    return { reason: "this is no event", fix: "delete the line, or the log from it on, and rebuild" }
  }
  if (!tags.includes(tag.success._tag)) {
    return {
      reason: `unknown event "${tag.success._tag}"; known are ${tags.join(", ")}`,
      fix: "read the log with the version that wrote it, or delete the line"
    }
  }
  const fields = fromLine(line)
  return {
    reason: `a ${tag.success._tag} with wrong fields: ${Result.isFailure(fields) ? fields.failure.message : ""}`,
    fix: "read the log with the version that wrote it, or delete the line"
  }
}

/**
 * Reads the text of a log; `path` is for the errors only.
 *
 * A last line without newline that is no whole event is what a kill leaves, and is left out; anything else wrong is an error.
 */
export const decode = (text: string, path: string): Result.Result<EventLog, EventLogError> => {
  const lines = text.split("\n")
  const events: Array<TrainEvent> = []
  let cutLine: number | null = null
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1
    if (last && line === "") break
    const event = fromLine(line)
    if (Result.isSuccess(event)) {
      events.push(event.success)
    } else if (last) {
      cutLine = lines.length
    } else {
      return Result.fail(new EventLogError({ path, line: index + 1, ...problem(line) }))
    }
  }
  const [first, ...rest] = events
  if (first === undefined) {
    return Result.fail(
      new EventLogError({
        path,
        line: null,
        reason: "the log holds no event",
        fix: "the run ended before it began: train again"
      })
    )
  }
  if (first._tag !== "RunStarted") {
    return Result.fail(
      new EventLogError({
        path,
        line: 1,
        reason: `a log begins with RunStarted, this one with ${first._tag}`,
        fix: "restore the beginning of the log"
      })
    )
  }
  return Result.succeed({ started: first, rest, cutLine })
}

/** Reads the log at `path`. */
export const read = Effect.fn("EventLog.read")(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(path).pipe(
    Effect.mapError(fileError("could not read the log")),
    Effect.mapError(({ reason, fix }) => new EventLogError({ path, line: null, reason, fix }))
  )
  return yield* Effect.fromResult(decode(text, path))
})

/**
 * The events that a run resumed at `step` has behind it: those of the first `step` steps, as if it had stopped right there.
 *
 * What was logged between the checkpoint and the kill is done again and logged again, so it is left out; so are the ends of earlier attempts.
 */
export const until = (events: ReadonlyArray<TrainEvent>, step: number): ReadonlyArray<TrainEvent> => {
  let stepsPerEpoch = 1
  return events.filter((event): boolean => {
    switch (event._tag) {
      case "RunStarted":
        stepsPerEpoch = event.stepsPerEpoch
        return event.step < step
      case "StepEnded":
        return event.step < step
      case "EpochEnded":
        return (event.epoch + 1) * stepsPerEpoch <= step
      case "CheckpointSaved":
        return event.step <= step
      default:
        return false
    }
  })
}

/**
 * Makes the log at `path` ready for a run that goes on at `step`: cut back to it, or empty where it begins at 0 or no log is there.
 *
 * The old log is replaced whole, by a rename: a kill leaves the one or the other.
 */
export const rewind = Effect.fn("EventLog.rewind")(function* (path: string, step: number) {
  const fs = yield* FileSystem.FileSystem
  const exists = yield* fs.exists(path).pipe(Effect.mapError(fileError(`could not read ${path}`)))
  const log = step > 0 && exists ? yield* read(path) : null
  const kept = log === null ? [] : until([log.started, ...log.rest], step)
  yield* writeAtomic(path, kept.map(encode).join(""))
})
