import { createHash } from "node:crypto"
import { Clock, Effect, Option, type Scope, Stream } from "effect"
import * as Batches from "../../data/Batches.js"
import type { DatasetError } from "../../data/DatasetError.js"
import type { ImageSet } from "../../data/ImageSet.js"
import * as Init from "../../model/Init.js"
import type { ShapeError } from "../../model/ShapeError.js"
import type { WeightsError } from "../../model/weights/WeightsError.js"
import * as Evaluation from "../../train/Evaluation.js"
import * as Metrics from "../../train/Metrics.js"
import * as Plan from "../../train/Plan.js"
import * as Progress from "../../train/Progress.js"
import * as Step from "../../train/Step.js"
import { DivergedError } from "../../train/TrainError.js"
import type { CheckpointSaved, Evaluated, RunStopped, Scores, TrainEvent } from "../../train/TrainEvent.js"
import type { Backend, BackendReport } from "../backend/Backend.js"
import { digest, download, upload } from "../backend/Transfer.js"
import type { BackendError } from "../native/BackendError.js"
import { CheckpointError } from "./CheckpointFormat.js"
import type { Checkpoints } from "./Checkpoints.js"
import { evaluate, withBatch } from "./Evaluator.js"

/** Everything that can end a run before its time. */
export type TrainError =
  | Plan.PlanError
  | ShapeError
  | WeightsError
  | DatasetError
  | DivergedError
  | BackendError
  | CheckpointError

/** A run that has its weights on the backend, for as long as the scope that it was made in. */
export interface Run {
  /** Trains; each event is made when it is asked for, so that a slow consumer slows the run and an interruption falls between steps. */
  readonly events: Stream.Stream<TrainEvent, TrainError>
  /** The event of a run that goes no further. */
  readonly stopped: (reason: string) => RunStopped
  /** Keeps the state as it is between two steps, and gives the events that say so. */
  readonly stop: (reason: string) => Effect.Effect<ReadonlyArray<CheckpointSaved | RunStopped>, CheckpointError>
  /** The weights as they are now, in host memory. */
  readonly weights: Effect.Effect<ReturnType<typeof Init.init>>
}

/**
 * Prepares a run: checks the plan, takes the newest checkpoint where `resume` asks for it, and puts the weights on the backend.
 *
 * **Ownership** the weights belong to the scope; after it closes nothing is left of the run.
 */
export const make = (
  services: { readonly backend: Backend["Service"]; readonly checkpoints: Checkpoints["Service"] },
  plan: Plan.Plan,
  options: { readonly resume: boolean }
): Effect.Effect<Run, TrainError, Scope.Scope> =>
  Effect.gen(function* () {
    const { backend, checkpoints } = services
    const checked = yield* Effect.fromResult(Plan.check(plan))
    const { dataset, network } = plan
    const planDigest = digestOf(checked)
    const from = options.resume ? yield* checkpoints.latest : Option.none()
    if (Option.isSome(from) && from.value.planDigest !== planDigest) {
      return yield* new CheckpointError({
        reason:
          "the checkpoint is of another plan: its network, data, seed, epochs, batches, loss, optimizer, rate, first weights or frozen layers differ from what is asked for now",
        fix: "resume with the configuration that the run was started with, or start a new run in another directory"
      })
    }
    const first = Option.getOrElse(from, () => ({
      ...(plan.start ?? Init.init(network, plan.seed)),
      progress: Progress.start,
      slots: undefined
    }))
    let progress = first.progress
    let saved = Option.isSome(from) ? progress.step : -1
    let train: Step.TrainState = { step: progress.step, params: {}, state: {}, slots: {} }
    yield* Effect.acquireRelease(
      Effect.sync(() => {
        const weights = { params: upload(first.params), state: upload(first.state) }
        train =
          first.slots === undefined
            ? Step.start(weights, plan)
            : { step: progress.step, ...weights, slots: upload(first.slots) }
      }),
      // Each step replaces the state and frees the one before: the one that lives at the end is freed here.
      () => Effect.sync(() => Step.dispose(train))
    )

    const step = Step.make({
      network,
      kernels: backend.kernels,
      loss: plan.loss,
      optimizer: plan.optimizer,
      seed: plan.seed,
      frozen: plan.frozen
    })
    const evaluateBatch = Evaluation.make(network, backend.kernels)
    const perEpoch = checked.steps.perEpoch

    const trainOn = (batch: Batches.Batch, epoch: number): Effect.Effect<TrainEvent, DivergedError | BackendError> =>
      Effect.gen(function* () {
        // Steps block the event loop; between two of them everyone else has a turn, and an interruption is seen.
        yield* Effect.yieldNow
        const index = train.step
        const rate = checked.rate(index)
        if (!(Number.isFinite(rate) && rate >= 0)) {
          return yield* new DivergedError({ quantity: "rate", value: String(rate), step: index, epoch })
        }
        const began = yield* Clock.currentTimeNanos
        const { correct, loss } = yield* withBatch(batch, dataset.statistics, (images, labels) => {
          const result = step(train, images, labels, rate)
          Step.dispose(train)
          train = result.next
          return result
        })
        const seconds = Number((yield* Clock.currentTimeNanos) - began) / 1e9
        const sums = Metrics.combine(progress.epoch, Metrics.ofBatch(loss, correct, batch.count))
        progress = {
          step: train.step,
          seconds: progress.seconds + seconds,
          images: progress.images + batch.count,
          epoch: { ...sums, seconds: progress.epoch.seconds + seconds }
        }
        if (!Number.isFinite(loss)) {
          return yield* new DivergedError({ quantity: "loss", value: String(loss), step: index, epoch })
        }
        return {
          _tag: "StepEnded",
          step: index,
          epoch,
          loss,
          accuracy: correct / batch.count,
          rate,
          images: batch.count,
          millis: seconds * 1000,
          imagesPerSecond: perSecond(batch.count, seconds)
        }
      })

    const evaluateSet = (set: ImageSet): Effect.Effect<Evaluated, BackendError | DatasetError> =>
      Effect.suspend(() =>
        evaluate({
          evaluateBatch,
          classes: network.classes,
          set,
          statistics: dataset.statistics,
          params: train.params,
          state: train.state
        })
      )

    const save = (validation: Scores | null): Effect.Effect<CheckpointSaved, CheckpointError> =>
      Effect.suspend(() => {
        const { params, slots, state } = train
        return checkpoints.save({
          planDigest,
          progress,
          validation,
          params: download(params),
          state: download(state),
          slots: download(slots)
        })
      }).pipe(
        Effect.map((location): CheckpointSaved => {
          saved = progress.step
          return { _tag: "CheckpointSaved", step: progress.step, location }
        })
      )

    let evaluated: Evaluated | undefined
    let validated: Scores | null = null
    const endEpoch = (epoch: number) =>
      Effect.gen(function* () {
        const validation = checked.validation.count === 0 ? null : (yield* evaluateSet(checked.validation)).scores
        evaluated = yield* evaluateSet(dataset.test)
        validated = validation
        const { seconds, ...sums } = progress.epoch
        const event: TrainEvent = {
          _tag: "EpochEnded",
          epoch,
          step: progress.step,
          rate: checked.rate(progress.step - 1),
          train: Metrics.scores(sums),
          validation,
          test: evaluated.scores.total === 0 ? null : evaluated.scores,
          seconds,
          imagesPerSecond: perSecond(sums.total, seconds)
        }
        progress = { ...progress, epoch: Progress.start.epoch }
        return event
      })

    const finish = Effect.gen(function* () {
      const last = evaluated ?? (yield* evaluateSet(dataset.test))
      const event: TrainEvent = {
        _tag: "RunFinished",
        epochs: plan.epochs,
        step: progress.step,
        seconds: progress.seconds,
        imagesPerSecond: perSecond(progress.images, progress.seconds),
        test: last.scores,
        weightDigest: digest(download(train.params), download(train.state))
      }
      return [last, event]
    })

    const trainEpoch = (epoch: number): Stream.Stream<TrainEvent, TrainError> => {
      const { augment, batchSize, remainder, seed } = plan
      const from = progress.step - epoch * perEpoch
      const batches = Batches.stream(checked.train, { augment, batchSize, remainder, seed, epoch, shuffle: true, from })
      const saveNow = () =>
        plan.checkpointEvery > 0 && progress.step % plan.checkpointEvery === 0 && progress.step % perEpoch !== 0
      return batches.pipe(
        Stream.mapEffect((batch) => trainOn(batch, epoch)),
        Stream.flatMap((event) =>
          Stream.concat(
            Stream.succeed(event),
            Stream.suspend(() => (saveNow() ? Stream.fromEffect(save(null)) : Stream.empty))
          )
        ),
        Stream.concat(Stream.fromEffect(endEpoch(epoch))),
        // After the event, which a reader of a log would miss if the run were killed between the two.
        Stream.concat(Stream.suspend(() => Stream.fromEffect(save(validated))))
      )
    }

    const started: TrainEvent = {
      _tag: "RunStarted",
      at: new Date(yield* Clock.currentTimeMillis).toISOString(),
      network: network.name,
      dataset: dataset.name,
      classNames: dataset.classNames,
      parameters: Object.values(first.params).reduce((sum, { data }) => sum + data.length, 0),
      backend: describe(backend.report),
      seed: plan.seed,
      epochs: plan.epochs,
      batchSize: plan.batchSize,
      stepsPerEpoch: perEpoch,
      trainImages: checked.train.count,
      validationImages: checked.validation.count,
      testImages: dataset.test.count,
      step: progress.step
    }
    // A run stopped after an epoch's last step, but before the epoch was evaluated, still has that epoch's sums.
    const unfinished = progress.epoch.total > 0 && progress.step % perEpoch === 0 ? 1 : 0
    const firstEpoch = Math.floor(progress.step / perEpoch) - unfinished
    const epochs = Array.from({ length: plan.epochs - firstEpoch }, (_, i) => firstEpoch + i)

    const stopped = (reason: string): RunStopped => ({ _tag: "RunStopped", step: progress.step, reason })

    return {
      stopped,
      events: Stream.succeed(started).pipe(
        Stream.concat(Stream.flatMap(Stream.fromIterable(epochs), (epoch) => Stream.suspend(() => trainEpoch(epoch)))),
        Stream.concat(fromEffects(finish))
      ),
      stop: (reason) =>
        Effect.suspend(() =>
          saved === progress.step || progress.step === 0
            ? Effect.succeed([stopped(reason)])
            : Effect.map(save(null), (event) => [event, stopped(reason)])
        ),
      weights: Effect.sync(() => ({ params: download(train.params), state: download(train.state) }))
    }
  })

const fromEffects = <A, E>(effect: Effect.Effect<ReadonlyArray<A>, E>): Stream.Stream<A, E> =>
  Stream.flatMap(Stream.fromEffect(effect), (values) => Stream.fromIterable(values))

const describe = ({ backend, device, onednn, tensorflow, threads }: BackendReport): string =>
  tensorflow === null
    ? backend
    : `${backend} ${tensorflow} on ${device}, ${threads} threads, oneDNN ${onednn ? "on" : "off"}`

const perSecond = (count: number, seconds: number): number => (seconds > 0 ? count / seconds : 0)

/** Names what a checkpoint depends on: all of the plan that changes a step. */
const digestOf = ({ frozen, learned, plan, rate, steps, train }: Plan.Checked): string => {
  const { augment, batchSize, dataset, loss, network, optimizer, remainder, seed, validation } = plan
  const rates = Array.from({ length: steps.total }, (_, step) => rate(step))
  const parts = {
    network,
    dataset: dataset.name,
    classNames: dataset.classNames,
    // Of other images of the same name and count, the means and deviations are others.
    statistics: dataset.statistics,
    images: train.count,
    seed,
    batchSize,
    remainder,
    augment,
    validation,
    loss: loss.name,
    optimizer: optimizer.name,
    // Left out where they say nothing: a checkpoint of a plan without them keeps its digest.
    ...(plan.start === undefined ? {} : { start: digest(plan.start.params, plan.start.state) }),
    ...(frozen.length === 0 ? {} : { frozen }),
    ...(learned.length === 1 ? {} : { groups: learned }),
    rates
  }
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex")
}
