import { Effect, Exit, Pull, Scope, Stream } from "effect"
import * as Batches from "../../data/Batches.js"
import type * as Plan from "../../train/Plan.js"

/** A function that gives any batch of an epoch, then those after it in order. */
export const make = Effect.fnUntraced(function* ({ plan, train }: Plan.Checked) {
  const scope = yield* Effect.scope
  const { augment, batchSize, remainder, seed } = plan
  const outputs = plan.network.classes
  const open = Effect.fnUntraced(function* (epoch: number, from: number) {
    const own = yield* Scope.fork(scope)
    const batches = Batches.stream(train, { augment, batchSize, remainder, outputs, seed, epoch, shuffle: true, from })
    // One at a time: a batch made ahead would be wasted by an interruption.
    const next = yield* Scope.provide(Stream.toPull(Stream.rechunk(batches, 1)), own)
    return { epoch, next, own }
  })
  let current: Effect.Success<ReturnType<typeof open>> | undefined
  return Effect.fnUntraced(function* (epoch: number, index: number) {
    if (current?.epoch !== epoch) {
      if (current !== undefined) yield* Scope.close(current.own, Exit.void)
      current = yield* open(epoch, index)
    }
    const [batch] = yield* Pull.catchDone(current.next, () =>
      Effect.die(new Error(`epoch ${epoch} has no batch ${index}`))
    )
    return batch
  })
})
