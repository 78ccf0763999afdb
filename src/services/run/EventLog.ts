import { crc32 } from "node:zlib"
import { Effect, FileSystem, Result, Schema } from "effect"
import { isDetermined, type RunStarted, TrainEvent } from "../../train/TrainEvent.js"
import { fileError, writeAtomic } from "../files/Files.js"

/**
 * A log of events cannot be used: `line` (1-based) is the line that is wrong, null if it is the whole file.
 *
 * @category errors
 */
export class EventLogError extends Schema.TaggedError<EventLogError>()("EventLogError", {
  path: Schema.String,
  line: Schema.NullOr(Schema.Int),
  reason: Schema.String,
  fix: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  get place(): string {
    return `${this.path}${this.line === null ? "" : `, line ${this.line}`}`
  }

  override get message(): string {
    return `${this.place}: ${this.reason}\n  fix: ${this.fix}`
  }
}

/**
 * The events of a log: its `RunStarted`, and the rest. `cutLine` is the number of the last line if a kill left it half-written, else null.
 *
 * @category models
 */
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

/** The checksum before the first line. */
const firstSum = 0

const sumText = (sum: number): string => sum.toString(16).padStart(8, "0")

/**
 * An event as a line of JSON with its newline, and the checksum for the next line. Each checksum continues the one before, so a line that is altered, missing or repeated is noticed.
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

/** The JSON of a line and its checksum, if it is unchanged since it was written after a line with the checksum `previous`. */
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
 * A half-written last line without a newline, as a kill leaves it, is left out; anything else that is wrong is an error.
 *
 * @example
 * ```ts
 * import { Result } from "effect"
 * import { EventLog } from "effect-tensorflow/services"
 * import type { TrainEvent } from "effect-tensorflow/train"
 *
 * const started: TrainEvent.RunStarted = {
 *   _tag: "RunStarted",
 *   at: "2026-01-01T00:00:00.000Z",
 *   network: "linear",
 *   dataset: "greys",
 *   classNames: ["dark", "light"],
 *   parameters: 4,
 *   backend: "cpu",
 *   seed: 0,
 *   epochs: 1,
 *   batchSize: 2,
 *   stepsPerEpoch: 2,
 *   trainImages: 4,
 *   validationImages: 0,
 *   testImages: 4,
 *   metrics: [],
 *   step: 0,
 *   resumed: null
 * }
 * const text = EventLog.encode([started, { _tag: "RunStopped", step: 0, reason: "interrupted" }])
 *
 * const log = EventLog.decode(text, "events.jsonl")
 * Result.getOrThrow(log).rest // => [{ _tag: "RunStopped", step: 0, reason: "interrupted" }]
 *
 * const altered = EventLog.decode(text.replace("greys", "grays"), "events.jsonl")
 * Result.isFailure(altered) // => true
 * ```
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

/**
 * Reads the log at `path`.
 *
 * @category decoding
 */
export const read = Effect.fn("EventLog.read")(function* (path: string) {
  const fs = yield* FileSystem.FileSystem
  const text = yield* fs.readFileString(path).pipe(
    Effect.mapError(fileError("could not read the log")),
    Effect.mapError((cause) => new EventLogError({ path, line: null, reason: cause.reason, fix: cause.fix, cause }))
  )
  return yield* Effect.fromResult(decode(text, path))
})

/** The number of events of the run before those of a log; not 0 if an earlier log was moved away and this one starts at a checkpoint. */
const before = ([first]: ReadonlyArray<TrainEvent>): number =>
  first?._tag === "RunStarted" ? (first.resumed?.events ?? 0) : 0

/**
 * The events of a log that remain when a run resumes after `count` of those that follow from the plan. Later ones are left out, as the run repeats them, and so are
 * the ends of earlier attempts.
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
 * The log of a run that resumes from a checkpoint: cut back to it, and with the event of that checkpoint, which a kill may have kept out of the log.
 *
 * **Errors** `EventLogError` if the log ends before the checkpoint.
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
        fix: "restore the log from a copy; or move it away: the run then continues with a log that starts at the checkpoint"
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
 * Checks that a run with the log at `path` can resume from a checkpoint, or without one (`null`) start again. A missing log is fine.
 *
 * **Errors** `EventLogError` if it is damaged, ends before the checkpoint, or has checkpoints although there is none.
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
 * Prepares the log at `path` for a run with this `RunStarted`: cuts it back to the checkpoint, or empties it for a new run. Gives the checksum for the next line.
 *
 * The log is replaced by a rename: a kill leaves the old log or the new one.
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
