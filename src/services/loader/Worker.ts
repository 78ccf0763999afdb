/** The program of a loader worker: makes batches, one after the other. */
import { parentPort } from "node:worker_threads"
import { Cause, Effect, Exit, Option, type Result } from "effect"
import * as Batches from "../../data/Batches.js"
import type { DatasetError } from "../../data/DatasetError.js"
import type { Images } from "../../data/Images.js"
import type { Answer, Request, SetOptions } from "./Messages.js"

interface Open {
  readonly images: Images
  readonly options: SetOptions
  /** The epoch that the last batch was of. */
  epoch: { readonly number: number; readonly batches: Result.Result<Batches.Epoch, DatasetError> } | undefined
}

const sets = new Map<number, Open>()

const make = ({ epoch, index, set }: Extract<Request, { _tag: "Make" }>): Effect.Effect<Batches.Batch, DatasetError> =>
  Effect.suspend(() => {
    const open = sets.get(set)
    if (open === undefined) return Effect.die(new Error(`there is no set ${set}`))
    if (open.epoch?.number !== epoch) {
      open.epoch = { number: epoch, batches: Batches.epoch(open.images, { ...open.options, epoch }) }
    }
    return Effect.flatMap(Effect.fromResult(open.epoch.batches), ({ batch }) => batch(index))
  })

const answer = (request: number, exit: Exit.Exit<Batches.Batch, DatasetError>): Answer => {
  if (Exit.isSuccess(exit)) return { _tag: "Made", request, batch: exit.value }
  const error = Cause.findErrorOption(exit.cause)
  if (Option.isNone(error)) return { _tag: "Defect", request, text: Cause.pretty(exit.cause) }
  const { fix, op, reason } = error.value
  return { _tag: "Failed", request, op, reason, fix }
}

const port = parentPort
let last: Promise<void> = Promise.resolve()
port?.on("message", (message: Request) => {
  if (message._tag === "Open") {
    sets.set(message.set, { images: message.images, options: message.options, epoch: undefined })
  } else if (message._tag === "Close") {
    sets.delete(message.set)
  } else {
    last = last.then(async () => {
      const made = answer(message.request, await Effect.runPromiseExit(make(message)))
      const arrays =
        made._tag === "Made" ? [made.batch.images, made.batch.labels, made.batch.targets, made.batch.indices] : []
      port.postMessage(made, [
        ...new Set(arrays.flatMap(({ buffer }) => (buffer instanceof ArrayBuffer ? [buffer] : [])))
      ])
    })
  }
})
