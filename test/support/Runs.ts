import { Effect, Fiber, Layer, Scheduler, Stream } from "effect"
import { Checkpoints } from "../../src/services/run/Checkpoints.js"
import { Reporters } from "../../src/services/run/Reporters.js"
import { Trainer, type TrainOptions } from "../../src/services/run/Trainer.js"
import type { Plan } from "../../src/train/Plan.js"
import { isDetermined, type TrainEvent } from "../../src/train/TrainEvent.js"
import { backends } from "./Backends.js"

/** A trainer on a backend, with checkpoints in memory and nobody watching. */
export const onBackend = (backend: (typeof backends)[keyof typeof backends]) =>
  Trainer.layer.pipe(Layer.provideMerge(Layer.mergeAll(backend, Checkpoints.layerMemory, Reporters.layerNone)))

/** What is trained with nothing kept from one use to the next. */
export const fresh = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.provide(effect, onBackend(backends.tensorflow), { local: true })

/** All events of a run. */
export const events = (plan: Plan, options?: TrainOptions) =>
  Effect.flatMap(Trainer, (trainer) => Stream.runCollect(trainer.events(plan, options)))

/** The digest of the weights that a run ends with. */
export const digest = (plan: Plan, options?: TrainOptions) =>
  Effect.map(
    Effect.flatMap(Trainer, (trainer) => trainer.fit(plan, options)),
    ({ finished }) => finished.weightDigest
  )

/** The events that a plan decides, and the run's last, without times. */
export const timeless = (events: ReadonlyArray<TrainEvent>): ReadonlyArray<TrainEvent> =>
  events.flatMap((event): ReadonlyArray<TrainEvent> => {
    if (event._tag === "StepEnded") return [{ ...event, millis: 0, waitMillis: 0, imagesPerSecond: 0 }]
    if (event._tag === "EpochEnded" || event._tag === "RunFinished") {
      return [{ ...event, seconds: 0, imagesPerSecond: 0 }]
    }
    return isDetermined(event) ? [event] : []
  })

const short: Readonly<Record<string, string>> = { StepEnded: ".", EpochEnded: "E", CheckpointSaved: "C" }

/** Events as a text: a dot for a step, E for an epoch, C for a checkpoint. */
export const tags = (events: ReadonlyArray<TrainEvent>): string =>
  events.map(({ _tag }) => short[_tag] ?? ` ${_tag} `).join("")

/** Runs an effect in a fiber that is interrupted before its operation number `k`; with its exit comes the number of operations that it did. */
export const interruptedAt = <A, E, R>(k: number, effect: Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const usual = new Scheduler.MixedScheduler()
    let operations = 0
    let interrupted: Fiber.Fiber<A, E> | undefined
    const counting: Scheduler.Scheduler = {
      executionMode: usual.executionMode,
      makeDispatcher: () => usual.makeDispatcher(),
      shouldYield: (current) => {
        if (current === interrupted) {
          operations += 1
          if (operations === k) interrupted.interruptUnsafe()
        }
        return usual.shouldYield(current)
      }
    }
    const fiber = yield* Effect.forkChild(effect).pipe(Effect.provideService(Scheduler.Scheduler, counting))
    interrupted = fiber
    const exit = yield* Fiber.await(fiber)
    return { exit, operations }
  })
