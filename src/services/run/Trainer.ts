import { Context, Effect, Exit, Fiber, Layer, Stream } from "effect"
import type { HostTensor, Weights } from "../../model/Tensors.js"
import type { Plan } from "../../train/Plan.js"
import type { RunFinished, TrainEvent } from "../../train/TrainEvent.js"
import { Backend } from "../backend/Backend.js"
import { Checkpoints } from "./Checkpoints.js"
import { Reporters } from "./Reporters.js"
import type * as Resume from "./Resume.js"
import * as Run from "./Run.js"

export type { TrainError } from "./Run.js"

/**
 * How a run begins.
 *
 * @category models
 */
export type TrainOptions = Resume.Options

/**
 * What a finished run gives: its last event, and the weights in host memory.
 *
 * @category models
 */
export interface TrainResult {
  readonly finished: RunFinished
  readonly weights: Weights<HostTensor>
}

/**
 * Carries out plans.
 *
 * @category services
 */
export class Trainer extends Context.Service<
  Trainer,
  {
    /**
     * A run as a stream: it trains as far as its events are asked for. An interruption takes effect between two steps, keeps a checkpoint,
     * and frees every tensor; so does the end of the stream.
     */
    readonly events: (plan: Plan, options?: TrainOptions) => Stream.Stream<TrainEvent, Run.TrainError>
    /**
     * A run from beginning to end, told to the reporters. Interrupted, it keeps a checkpoint and tells them that as well, after every event before it; failed, it
     * tells them why.
     */
    readonly fit: (plan: Plan, options?: TrainOptions) => Effect.Effect<TrainResult, Run.TrainError>
  }
>()("effect-tensorflow/services/Trainer") {
  /** Trains on the backend, keeps checkpoints, tells the reporters. */
  static readonly layer: Layer.Layer<Trainer, never, Backend | Checkpoints | Reporters> = Layer.effect(
    Trainer,
    Effect.gen(function* () {
      const backend = yield* Backend
      const checkpoints = yield* Checkpoints
      const reporters = yield* Reporters
      const prepare = (plan: Plan, options: TrainOptions = {}) => Run.make({ backend, checkpoints }, plan, options)

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

/** Runs as a fiber that an interruption does not reach, for as long as it has patience. */
const patiently = (telling: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.flatMap(Effect.forkDetach(telling), waitFor)

const waitFor = (fiber: Fiber.Fiber<void>): Effect.Effect<void> =>
  Effect.interruptible(Fiber.await(fiber)).pipe(
    Effect.timeoutOption(patience),
    Effect.andThen(Fiber.interrupt(fiber)),
    Effect.asVoid
  )

/** Tells events to the end also when the run is interrupted meanwhile: a log must not miss what the checkpoint counts. */
const toTheEnd = (telling: Effect.Effect<void>): Effect.Effect<void> =>
  Effect.uninterruptibleMask((restore) =>
    Effect.flatMap(Effect.forkDetach(telling), (fiber) =>
      Effect.onInterrupt(restore(Fiber.join(fiber)), () => waitFor(fiber))
    )
  )

/** An interrupted program no longer listens to failures, so that what could not be kept is logged. */
const keep = <A, E extends Error>(effect: Effect.Effect<A, E>): Effect.Effect<void> =>
  effect.pipe(
    Effect.asVoid,
    Effect.catch((error: E) => Effect.logError(`the interrupted run could not be kept: ${error.message}`))
  )
