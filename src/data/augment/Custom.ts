import { Result, type Schema } from "effect"
import { DatasetError } from "../DatasetError.js"
import { type ImageShape, imageBytes } from "../ImageSet.js"
import type { Apply, Compile } from "./Change.js"

/**
 * A custom step: what records name it by, and its function.
 *
 * @category models
 */
export interface Custom {
  readonly custom: {
    readonly name: string
    readonly options: Schema.Json
    readonly apply: (shape: ImageShape) => Apply
  }
}

/**
 * A custom step, for `Plan.augment`, like the built-in ones.
 *
 * A checkpoint knows it by `name` and `options`: change one of them when what it does changes. `apply` is called once per shape of images; the
 * function it gives begins with black in `to`, and may write over `from`. For a run that resumes bit for bit it is a pure function of its arguments.
 *
 * @category constructors
 * @example
 * ```ts
 * import { Effect, Result, Stream } from "effect"
 * import { Augment, Batches, ImageSet } from "effect-tensorflow/data"
 *
 * const invert = Augment.custom({
 *   name: "invert",
 *   apply: () => (from, to) => to.set(from.map((pixel) => 255 - pixel))
 * })
 *
 * const shape = { height: 1, width: 2, channels: 1 }
 * const set = Result.getOrThrow(ImageSet.make(shape, [0, 255, 10, 20], [0, 1]))
 * const epoch = Batches.stream(set, { batchSize: 2, remainder: "keep", seed: 0, epoch: 0, outputs: 2, augment: [invert] })
 * const [batch] = await Effect.runPromise(Stream.runCollect(epoch))
 * Array.from(batch?.images ?? []) // => [255, 0, 245, 235]
 * Augment.describe([Augment.crop(4), invert]) // => [{ crop: { padding: 4, mode: "zero" } }, { custom: { name: "invert", options: {} } }]
 * ```
 */
export const custom = (options: {
  readonly name: string
  readonly options?: Schema.Json
  readonly apply: (shape: ImageShape) => Apply
}): Custom => ({ custom: { options: {}, ...options } })

/** The custom function on a copy of the image, so that it cannot change the set or see an earlier image. */
export const compile: Compile<Custom> = ({ custom }, shape) => {
  const own = new Uint8Array(imageBytes(shape))
  return Result.try({
    try: () => custom.apply(shape),
    catch: (cause) => failed(`the step "${custom.name}" of the augmentation`, cause)
  }).pipe(
    Result.map((apply) => (from, to, generator, at) => {
      own.set(from)
      to.fill(0)
      apply(own, to, generator, at)
    })
  )
}

/** The error for a function that threw. */
export const failed = (what: string, cause: unknown): DatasetError =>
  new DatasetError({
    op: "option",
    reason: `${what} failed: ${cause instanceof Error ? cause.message : String(cause)}`,
    fix: "fix the function given to Augment.custom",
    cause
  })
