import { availableParallelism } from "node:os"
import { Context, Effect, Fiber, Scope } from "effect"
import * as Batches from "../../data/Batches.js"
import type { DatasetError } from "../../data/DatasetError.js"
import { type Images, isStored } from "../../data/Images.js"
import type { SetOptions } from "./Messages.js"
import * as Pool from "./Pool.js"

/**
 * How many threads make the batches of a run; `"auto"` by default. The numbers of a run do not depend on it.
 *
 * `"auto"` is a thread for each core but one, at least one, for images that are read and decoded, and none for images in memory. With 0 the program
 * makes the batches itself.
 *
 * @category services
 * @example
 * ```ts
 * import { Effect } from "effect"
 * import { Loader } from "effect-tensorflow/services"
 *
 * const program = Effect.provideService(Effect.map(Loader.Workers, (workers) => workers), Loader.Workers, 2)
 * Effect.runSync(program) // => 2
 * ```
 */
export const Workers = Context.Reference<number | "auto">("effect-tensorflow/services/Loader/Workers", {
  defaultValue: () => "auto"
})

/**
 * Gives a batch of an epoch by its index; the next ones are made ahead.
 *
 * @category models
 */
export type Next = (epoch: number, index: number) => Effect.Effect<Batches.Batch, DatasetError>

/**
 * Makes batches ahead of their use, in threads where that pays.
 *
 * @category models
 */
export interface Loader {
  /**
   * Opens a set; `epochs` is the number of epochs after which none is made ahead.
   *
   * **Ownership** batches that are made ahead belong to the scope.
   */
  readonly open: (
    images: Images,
    options: SetOptions & { readonly epochs: number }
  ) => Effect.Effect<Next, DatasetError, Scope.Scope>
}

/**
 * A loader; `workers` as `Workers` says.
 *
 * **Ownership** its threads belong to the scope, and start with the first set that needs them.
 *
 * @category constructors
 */
export const make = (workers: number | "auto"): Effect.Effect<Loader, never, Scope.Scope> =>
  Effect.gen(function* () {
    const scope = yield* Effect.scope
    let pool: Pool.Pool | undefined
    const threadsFor = (images: Images): number =>
      workers !== "auto" ? workers : isStored(images) ? Math.max(1, availableParallelism() - 1) : 0
    return {
      open: Effect.fnUntraced(function* (images, given) {
        const { augment, batchSize, epochs, mix, outputs, remainder, sampling, seed } = given
        // No more than these: a plan has functions, which cannot be sent to a thread.
        const options: SetOptions = { augment, batchSize, mix, outputs, remainder, sampling, seed }
        const first = yield* Effect.fromResult(Batches.epoch(images, { ...options, epoch: 0 }))
        const wanted = threadsFor(images)
        const reason = reasonAgainst(images, options)
        if (wanted > 0 && reason !== undefined) {
          yield* Effect.logWarning(`the batches are made in the main thread: ${reason}`)
        }
        const threads = reason === undefined ? wanted : 0
        if (threads === 0) {
          // What is read can be read while the batch before is used; what is in memory is copied when it is needed.
          return yield* ahead(inProgram(images, options), first.count, epochs, isStored(images) ? 1 : 0)
        }
        pool ??= yield* Scope.provide(Pool.make(threads), scope)
        return yield* ahead(yield* pool.open(images, options), first.count, epochs, 2 * threads)
      })
    }
  })

/** Why threads cannot make the batches; `undefined` if they can. */
const reasonAgainst = (images: Images, { augment }: SetOptions): string | undefined => {
  const custom = augment.find((step) => "custom" in step)
  if (custom !== undefined) {
    return `a function cannot be sent to a thread, and the augmentation has the custom step "${custom.custom.name}"`
  }
  return isStored(images) && images.source._tag === "Custom"
    ? `a function cannot be sent to a thread, and ${images.source.name} is read by one`
    : undefined
}

/** The batches of a set, made in this program. */
const inProgram = (images: Images, options: SetOptions): Next => {
  let open: { readonly epoch: number; readonly batch: Effect.Effect<Batches.Epoch, DatasetError> } | undefined
  return (epoch, index) =>
    Effect.suspend(() => {
      if (open?.epoch !== epoch) {
        open = { epoch, batch: Effect.fromResult(Batches.epoch(images, { ...options, epoch })) }
      }
      return Effect.flatMap(open.batch, ({ batch }) => batch(index))
    })
}

interface Made {
  readonly epoch: number
  readonly index: number
  readonly fiber: Fiber.Fiber<Batches.Batch, DatasetError>
}

/** Asks for the batches after the one that is given, `count` of them, so that they are made meanwhile. */
const ahead = (make: Next, perEpoch: number, epochs: number, count: number): Effect.Effect<Next, never, Scope.Scope> =>
  count === 0
    ? Effect.succeed(make)
    : Effect.map(Effect.scope, (scope) => {
        let made: ReadonlyArray<Made> = []
        const after = ({ epoch, index }: { readonly epoch: number; readonly index: number }) =>
          index + 1 < perEpoch ? { epoch, index: index + 1 } : { epoch: epoch + 1, index: 0 }
        return Effect.fnUntraced(function* (epoch, index) {
          const [head] = made
          if (head?.epoch !== epoch || head.index !== index) {
            yield* Fiber.interruptAll(made.map(({ fiber }) => fiber))
            made = []
          }
          let next = made.length === 0 ? { epoch, index } : after(made[made.length - 1]!)
          while (made.length <= count && next.epoch < epochs) {
            const fiber = yield* Effect.forkIn(make(next.epoch, next.index), scope, { startImmediately: true })
            made = [...made, { ...next, fiber }]
            next = after(next)
          }
          const [wanted, ...rest] = made
          made = rest
          return yield* wanted === undefined ? make(epoch, index) : Fiber.join(wanted.fiber)
        })
      })
