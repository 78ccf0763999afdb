import { Context, Effect, Exit, Fiber, Layer, Stream } from "effect"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import type { Plan } from "../../train/Plan.js"
import type { RunFinished, TrainEvent } from "../../train/TrainEvent.js"
import { Backend } from "../backend/Backend.js"
import * as Loader from "../loader/Loader.js"
import { Checkpoints } from "./Checkpoints.js"
import { Reporters } from "./Reporters.js"
import type * as Resume from "./Resume.js"
import * as Run from "./Run.js"

export type { TrainError } from "./Run.js"

/**
 * How a run starts.
 *
 * @category models
 */
export type TrainOptions = Resume.Options

/**
 * The result of a finished run: its last event, and the weights in host memory.
 *
 * @category models
 */
export interface TrainResult {
  readonly finished: RunFinished
  readonly weights: Weights<HostTensor>
}

/**
 * Runs plans.
 *
 * @example
 * ```ts
 * import { Effect, Layer, Result, Stream } from "effect"
 * import { Dataset, ImageSet } from "effect-tensorflow/data"
 * import { Layers, type Network } from "effect-tensorflow/model"
 * import { Backend, Checkpoints, Reporters, Trainer } from "effect-tensorflow/services"
 * import { Plan } from "effect-tensorflow/train"
 *
 * const shape = { height: 1, width: 1, channels: 1 }
 * const images = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 240], [0, 1, 0, 1]))
 * const dataset = Result.getOrThrow(Dataset.make({ name: "greys", classNames: ["dark", "light"], train: images, test: images }))
 * const network: Network.Network = {
 *   name: "linear",
 *   input: shape,
 *   classes: 2,
 *   body: Layers.chain(Layers.flatten, Layers.linear(1, 2))
 * }
 * const plan = Plan.make({ network, dataset }).pipe(Plan.batchSize(2), Plan.epochs(20))
 *
 * const program = Effect.gen(function* () {
 *   const { events, fit } = yield* Trainer
 *   const { finished } = yield* fit(plan)
 *   const tags = yield* events(plan).pipe(
 *     Stream.map(({ _tag }) => _tag),
 *     Stream.runCollect
 *   )
 *   return { accuracy: finished.test.metrics.accuracy, tags }
 * })
 *
 * const live = Layer.provide(Trainer.layer, [Backend.layerCpu, Checkpoints.layerMemory, Reporters.layerNone])
 * const { accuracy, tags } = await Effect.runPromise(Effect.provide(program, live))
 * accuracy // => 1
 * tags.slice(0, 5) // => ["RunStarted", "StepEnded", "StepEnded", "EpochEnded", "CheckpointSaved"]
 * tags.at(-1) // => "RunFinished"
 * ```
 *
 * @category services
 */
export class Trainer extends Context.Service<
  Trainer,
  {
    /**
     * A run as a stream: it trains as far as it is read. An interruption takes effect between two tasks, saves a checkpoint,
     * and frees every tensor.
     */
    readonly events: (plan: Plan, options?: TrainOptions) => Stream.Stream<TrainEvent, Run.TrainError>
    /**
     * A run from start to end, with every event passed to the reporters. When it is interrupted it saves a checkpoint and reports that too; when it fails it reports why.
     */
    readonly fit: (plan: Plan, options?: TrainOptions) => Effect.Effect<TrainResult, Run.TrainError>
  }
>()("effect-tensorflow/services/Trainer") {
  /** Trains in this process. */
  static readonly layer: Layer.Layer<Trainer, never, Backend | Checkpoints | Reporters> = Layer.effect(
    Trainer,
    Effect.gen(function* () {
      const backend = yield* Backend
      const checkpoints = yield* Checkpoints
      const reporters = yield* Reporters
      const workers = yield* Loader.Workers
      const prepare = (plan: Plan, options: TrainOptions = {}) =>
        Run.make({ backend, checkpoints, workers }, plan, options)

      return Trainer.of({
        events: (plan, options) =>
          Stream.unwrap(
            Effect.map(prepare(plan, options), (run) =>
              Stream.concat(Stream.succeed(true), Stream.fromEffectRepeat(run.advance)).pipe(
                Stream.takeWhile((advanced) => advanced),
                Stream.mapEffect(() => run.take),
                Stream.flattenIterable,
                Stream.onExit((exit) => (Exit.hasInterrupts(exit) ? keep(run.stop(reason)) : Effect.void))
              )
            )
          ),
        fit: Effect.fn("Trainer.fit")(function* (plan, options) {
          const run = yield* prepare(plan, options)
          let finished: RunFinished | undefined
          const tell = Effect.flatMap(run.take, (events) =>
            Effect.forEach(
              events,
              (event) => {
                if (event._tag === "RunFinished") finished = event
                return reporters.onEvent(event)
              },
              { discard: true }
            )
          )
          yield* Effect.gen(function* () {
            yield* toTheEnd(tell)
            while (yield* run.advance) yield* toTheEnd(tell)
          }).pipe(
            Effect.tapError((error) => reporters.onEvent(run.stopped(error.message))),
            Effect.onInterrupt(() => keep(Effect.andThen(run.stop(reason), patiently(tell))))
          )
          if (finished === undefined) return yield* Effect.die("a run ended without its last event")
          return { finished, weights: yield* run.weights }
        }, Effect.scoped)
      })
    })
  )
}

const reason = "interrupted"

/** How long an interrupted run waits for reporters. */
const patience = "5 seconds"

/** Runs in a fiber that an interruption does not reach, but only for `patience`. */
const patiently = (telling: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.flatMap(Effect.forkDetach(telling), waitFor)

/** Waits in a fiber of its own: in one that is being interrupted, the wait would end at once, or not before `patience`. */
const waitFor = (fiber: Fiber.Fiber<void>): Effect.Effect<void> =>
  Fiber.await(fiber).pipe(
    Effect.timeoutOption(patience),
    Effect.andThen(Fiber.interrupt(fiber)),
    Effect.forkDetach,
    Effect.flatMap(Fiber.await),
    Effect.asVoid
  )

/** Reports events to the end even if the run is interrupted meanwhile: the log must have what the checkpoint counts. */
const toTheEnd = (telling: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(telling), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => waitFor(fiber))
    )
  )

/** Logs a failure to save: an interrupted program cannot return it. */
const keep = <A, E extends Error>(effect: Effect.Effect<A, E>): Effect.Effect<void> =>
  effect.pipe(
    Effect.asVoid,
    Effect.catch((error: E) => Effect.logError(`the interrupted run could not be kept: ${error.message}`))
  )
