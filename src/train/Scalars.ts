import { type EpochEnded, type Evaluated, scoresOf, type TrainEvent } from "./TrainEvent.js"

const sets = ["train", "validation", "test"] as const

/**
 * The numbers of an event by name, for reporters that log curves: `step/...` of a step, `epoch/...` of an epoch, and the scores of each set that the event has, such as
 * `validation/loss`; those with test-time views are `test-views/...`.
 *
 * @example
 * ```ts
 * import { Scalars, type TrainEvent } from "effect-tensorflow/train"
 *
 * const event: TrainEvent.StepEnded = {
 *   _tag: "StepEnded",
 *   step: 0,
 *   epoch: 0,
 *   loss: 2.3,
 *   metrics: { accuracy: 0.125 },
 *   rate: 0.1,
 *   images: 8,
 *   millis: 4,
 *   waitMillis: 0,
 *   imagesPerSecond: 2000
 * }
 * Scalars.of(event) // => { "step/loss": 2.3, "step/accuracy": 0.125, "step/rate": 0.1, "step/imagesPerSecond": 2000 }
 * ```
 *
 * @category accessors
 */
export const of = (event: TrainEvent): Readonly<Record<string, number>> => {
  if (event._tag === "StepEnded") {
    const { imagesPerSecond, loss, metrics, rate } = event
    return {
      "step/loss": loss,
      ...Object.fromEntries(Object.entries(metrics).map(([name, value]) => [`step/${name}`, value])),
      "step/rate": rate,
      "step/imagesPerSecond": imagesPerSecond
    }
  }
  const scores = sets.flatMap((set) =>
    Object.entries(scoresOf(event, set) ?? {}).map(([name, value]) => [`${set}/${name}`, value] as const)
  )
  const epoch =
    event._tag === "EpochEnded"
      ? [
          ["epoch/rate", event.rate] as const,
          ["epoch/seconds", event.seconds] as const,
          ["epoch/imagesPerSecond", event.imagesPerSecond] as const
        ]
      : []
  const viewed = event._tag === "RunFinished" ? event.withViews?.test : undefined
  const views = Object.entries(viewed === undefined ? {} : { loss: viewed.loss, ...viewed.metrics }).map(
    ([name, value]) => [`test-views/${name}`, value] as const
  )
  return Object.fromEntries([...scores, ...views, ...epoch])
}

/**
 * The number of steps done at an event that has scalars.
 *
 * @category accessors
 */
export const stepsDone = (event: TrainEvent): number =>
  event._tag === "StepEnded" ? event.step + 1 : "step" in event ? event.step : 0

/**
 * Whether an evaluation repeats the scores that an epoch ended with, as that of the test images at the end of a run does.
 *
 * @category guards
 */
export const isRepeated = ({ set, step }: Evaluated, epoch: EpochEnded | undefined): boolean =>
  epoch !== undefined && epoch.step === step && epoch[set] !== null
