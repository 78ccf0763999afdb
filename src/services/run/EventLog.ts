import { crc32 } from "node:zlib"
import { Effect, FileSystem, Result, Schema } from "effect"
import { isDetermined, type RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import { fileError, writeAtomic } from "../files/Files.js"

/** A log of events cannot be used: `line` (1-based) is where, null where it is the file itself. */
export class EventLogError extends Schema.TaggedError<EventLogError>()("EventLogError", {
  path: Schema.String,
  line: Schema.NullOr(Schema.Int),
  reason: Schema.String,
  fix: Schema.String
}) {
  get place(): string {
    return `${this.path}${this.line === null ? "" : `, line ${this.line}`}`
  }

  override get message(): string {
    return `${this.place}: ${this.reason}\n  fix: ${this.fix}`
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

/** The sum that the first line goes on from. */
const firstSum = 0

const sumText = (sum: number): string => sum.toString(16).padStart(8, "0")

/**
 * One event as one line of JSON, its newline included, and the checksum that the next line goes on from: a line that is altered, left out or told twice shows.
 *
 * @category encoding
 */
export const append = (previous: number, event: TrainEvent): { readonly line: string; readonly sum: number } => {
  const json = toLine(event)
  const sum = crc32(json, previous)
  return { line: `${json.slice(0, -1)},"crc32":"${sumText(sum)}"}\n`, sum }
}

/**
 * A whole log as text.
 *
 * @category encoding
 */
export const encode = (events: ReadonlyArray<TrainEvent>): string => {
  let sum = firstSum
  return events
    .map((event) => {
      const appended = append(sum, event)
      sum = appended.sum
      return appended.line
    })
    .join("")
}

const crcLength = ',"crc32":"'.length + 8 + '"}'.length

/** The JSON of a line and its checksum, if not a byte of it has changed since it was written after a line of the sum `previous`. */
const verify = (previous: number, line: string): { readonly json: string; readonly sum: number } | undefined => {
  const json = `${line.slice(0, -crcLength)}}`
  const sum = crc32(json, previous)
  return line === `${json.slice(0, -1)},"crc32":"${sumText(sum)}"}` ? { json, sum } : undefined
}

const problem = (line: string): { readonly reason: string; readonly fix: string } => {
  const tag = tagOf(line)
  if (Result.isFailure(tag)) {
    return { reason: "this is no event", fix: "restore the log from a copy, or remove it from this line on" }
  }
  if (!tags.includes(tag.success._tag)) {
    return {
      reason: `unknown event "${tag.success._tag}"; known are ${tags.join(", ")}`,
      fix: "read the log with the version that wrote it, or delete the line"
    }
  }
  const fields = fromLine(line)
  return Result.isFailure(fields)
    ? {
        reason: `a ${tag.success._tag} with wrong fields: ${fields.failure.message}`,
        fix: "read the log with the version that wrote it, or delete the line"
      }
    : {
        reason: "the line is not as it was written, or a line before it is missing: its checksum differs",
        fix: "restore the log from a copy, or remove it from this line on"
      }
}

/**
 * Reads the text of a log; `path` is for the errors only.
 *
 * A last line without newline that is no whole event is what a kill leaves, and is left out; anything else wrong is an error.
 *
 * @category decoding
 */
export const decode = (text: string, path: string): Result.Result<EventLog, EventLogError> => {
  const lines = text.split("\n")
  const events: Array<TrainEvent> = []
  let cutLine: number | null = null
  let sum = firstSum
  for (const [index, line] of lines.entries()) {
    const last = index === lines.length - 1
    if (last && line === "") break
    const verified = verify(sum, line)
    const event = verified === undefined ? undefined : fromLine(verified.json)
    if (verified !== undefined && event !== undefined && Result.isSuccess(event)) {
      events.push(event.success)
      sum = verified.sum
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

/** How many events of the run come before those of a log, which begins at a checkpoint where an earlier log was moved away. */
const before = ([first]: ReadonlyArray<TrainEvent>): number =>
  first?._tag === "RunStarted" ? (first.resumed?.events ?? 0) : 0

/**
 * The events of a log that stand when a run goes on after `count` of those that follow from the plan: what comes later is done again and logged again, so
 * it is left out; so are the ends of earlier attempts.
 *
 * @category rewinding
 */
export const until = (events: ReadonlyArray<TrainEvent>, count: number): ReadonlyArray<TrainEvent> => {
  const kept: Array<TrainEvent> = []
  let told = before(events)
  for (const event of events) {
    if (isDetermined(event)) {
      if (told === count) break
      told += 1
      kept.push(event)
    } else if (event._tag === "CheckpointSaved" || (event._tag === "RunStarted" && told < count)) {
      kept.push(event)
    }
  }
  return kept
}

/**
 * The log of a run that goes on from a checkpoint: cut back to it, and with the event of that checkpoint, which a kill may have kept out of it.
 *
 * **Errors** `EventLogError` where the log ends before the checkpoint.
 *
 * @category rewinding
 */
export const rewound = (
  { path, rest, started }: EventLog & { readonly path: string },
  at: { readonly step: number; readonly events: number; readonly location: string }
): Result.Result<ReadonlyArray<TrainEvent>, EventLogError> => {
  const events = [started, ...rest]
  const kept = until(events, at.events)
  const found = before(events) + kept.filter(isDetermined).length
  if (found < at.events) {
    return Result.fail(
      new EventLogError({
        path,
        line: null,
        reason: `the log ends after ${found} of the ${at.events} events that the checkpoint was saved after`,
        fix: "restore the log from a copy; or move it away: the run then goes on with a log that begins at the checkpoint"
      })
    )
  }
  const last = kept.slice(kept.findLastIndex(isDetermined) + 1)
  const isThere = last.some((event) => event._tag === "CheckpointSaved")
  return Result.succeed(
    isThere ? kept : [...kept, { _tag: "CheckpointSaved", step: at.step, location: at.location } satisfies TrainEvent]
  )
}

/**
 * Whether the log at `path` can go on from a checkpoint, or without one (`null`) begin again; one that is not there can.
 *
 * **Errors** `EventLogError` where it is damaged, ends before the checkpoint, or tells of checkpoints where there is none.
 *
 * @category rewinding
 */
export const checkResume = Effect.fnUntraced(function* (
  path: string,
  progress: { readonly step: number; readonly events: number } | null
) {
  const fs = yield* FileSystem.FileSystem
  const unreadable = Effect.mapError(fileError(`could not read ${path}`))
  if (!(yield* unreadable(fs.exists(path)))) return
  if (progress === null) {
    // A kill may leave no whole line.
    if (!(yield* unreadable(fs.readFileString(path))).includes("\n")) return
    const { rest } = yield* read(path)
    const saved = rest.findLast((event) => event._tag === "CheckpointSaved")
    if (saved === undefined) return
    return yield* new EventLogError({
      path,
      line: null,
      reason: `the log tells of a checkpoint after step ${saved.step} in ${saved.location}, and the run has none`,
      fix: "restore the checkpoints from a copy, or start a new run in another directory"
    })
  }
  yield* Effect.fromResult(rewound({ ...(yield* read(path)), path }, { ...progress, location: "" }))
})

/**
 * Makes the log at `path` ready for a run that begins so: cut back to its checkpoint, or empty where the run is new or no log is there. Gives the checksum that
 * the next line goes on from.
 *
 * The old log is replaced whole, by a rename: a kill leaves the one or the other.
 *
 * @category rewinding
 */
export const rewind = Effect.fn("EventLog.rewind")(function* (path: string, { resumed, step }: RunStarted) {
  const fs = yield* FileSystem.FileSystem
  const exists = yield* fs.exists(path).pipe(Effect.mapError(fileError(`could not read ${path}`)))
  const events =
    resumed !== null && exists
      ? yield* Effect.fromResult(rewound({ ...(yield* read(path)), path }, { step, ...resumed }))
      : []
  yield* writeAtomic(path, encode(events))
  return events.reduce((sum, event) => append(sum, event).sum, firstSum)
})
