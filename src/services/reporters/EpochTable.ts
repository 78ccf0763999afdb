import { Effect, type Stdio } from "effect"
import type { TrainEvent } from "../../train/TrainEvent.js"
import * as EpochRows from "../report/EpochRows.js"
import type { Reporter } from "../run/Reporters.js"
import * as ErrorOutput from "./ErrorOutput.js"

/**
 * A reporter that writes a row for each epoch to standard error, with headings before the first.
 *
 * @category constructors
 */
export const make: Effect.Effect<Reporter, never, Stdio.Stdio> = Effect.gen(function* () {
  const output = yield* ErrorOutput.make("epochTable")
  let columns: ReadonlyArray<EpochRows.Column> = []
  let headed = false
  const onEvent = Effect.fnUntraced(function* (event: TrainEvent) {
    if (event._tag === "RunStarted") columns = EpochRows.columns(event)
    if (event._tag !== "EpochEnded") return
    yield* output.write(`${headed ? "" : `${EpochRows.heading(columns)}\n`}${EpochRows.row(columns, event)}\n`)
    headed = true
  })
  return { name: "epoch table", onEvent }
})
