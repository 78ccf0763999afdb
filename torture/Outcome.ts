import { Effect, FileSystem, Option, Schema } from "effect"
import { sha256 } from "../src/internal/Digest.js"
import * as RunDirectory from "../src/services/directory/RunDirectory.js"
import * as RunInfo from "../src/services/directory/RunInfo.js"
import { Checkpoints } from "../src/services/run/Checkpoints.js"
import * as EventLog from "../src/services/run/EventLog.js"
import * as PlanRecord from "../src/train/PlanRecord.js"
import { isDetermined, TrainEvent } from "../src/train/TrainEvent.js"

/** How long things take, and where a run lies, is not the same twice. */
const varying: ReadonlyArray<string> = [
  "at",
  "seconds",
  "epochSeconds",
  "millis",
  "waitMillis",
  "imagesPerSecond",
  "location"
]

const steady = (value: unknown): string =>
  JSON.stringify(value, (key, inner: unknown) => (varying.includes(key) ? undefined : inner))

/** An event as JSON, without what varies. */
const encodeEvent = Schema.encodeSync(Schema.toCodecJson(TrainEvent))
export const steadyEvent = (event: TrainEvent): string => steady(encodeEvent(event))

/** What a finished run left in its directory, without what varies from one run to the next. */
export interface Outcome {
  readonly weights: string
  readonly finished: string
  readonly files: ReadonlyArray<string>
  readonly checkpoints: ReadonlyArray<string>
  readonly log: ReadonlyArray<string>
}

/**
 * Reads everything that a run left.
 *
 * Of the log, `whole` takes all but the beginnings of resumed attempts; without it, what follows from the plan alone: a run that was interrupted has more
 * checkpoints than one that was not.
 */
export const read = (directory: string, { whole }: { readonly whole: boolean }) =>
  Effect.gen(function* () {
    const fs = yield* FileSystem.FileSystem
    const run = yield* RunDirectory.open(directory)
    const info = yield* RunInfo.read(run.run)
    const { rest, started } = yield* EventLog.read(run.events)
    const { entries, load, newest } = yield* Effect.gen(function* () {
      const checkpoints = yield* Checkpoints
      return {
        ...(yield* checkpoints.list),
        load: checkpoints.load,
        newest: yield* checkpoints.latest(PlanRecord.identity(info.plan))
      }
    }).pipe(Effect.provide(Checkpoints.layerFileSystem(run.checkpoints)))
    const kept = whole ? entries : entries.slice(-1)
    const checkpoints = yield* Effect.forEach(kept, (entry) =>
      Effect.map(load(entry), ({ environment, train, ...rest }) =>
        steady([entry.name, rest, Object.entries(train.groups).map(([group, members]) => [group, digests(members)])])
      )
    )
    const events = [started, ...rest].filter((event, i) =>
      whole ? i === 0 || event._tag !== "RunStarted" : i === 0 || isDetermined(event) || event._tag === "RunFinished"
    )
    return {
      weights: sha256(yield* fs.readFile(run.weights)),
      finished: steady(info.finished),
      files: (yield* fs.readDirectory(run.path)).map((name) => name.replace(/^lock\.\d+$/, "lock")).sort(),
      checkpoints: [...checkpoints, `newest at ${Option.getOrUndefined(newest)?.progress.events}`],
      log: events.map(steadyEvent)
    } satisfies Outcome
  })

const digests = (members: Readonly<Record<string, { readonly data: Float32Array }>>): string =>
  sha256(
    ...Object.entries(members).flatMap(([path, { data }]) => [
      path,
      new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    ])
  )

/** The first thing in which two outcomes differ, in words; `undefined` where they are equal. */
export const difference = (expected: Outcome, actual: Outcome): string | undefined => {
  const keys = ["finished", "weights", "log", "checkpoints", "files"] as const
  for (const key of keys) {
    const was = [expected[key]].flat()
    // A kill that falls between a checkpoint and the removal of an older one leaves the older one there.
    const is = [actual[key]].flat().filter((entry) => key !== "checkpoints" || was.includes(entry))
    const i = Array.from({ length: Math.max(was.length, is.length) }, (_, i) => i).find((i) => was[i] !== is[i])
    if (i !== undefined) return `${key}, entry ${i}:\n    expected ${was[i]}\n    found    ${is[i]}`
  }
  return undefined
}
