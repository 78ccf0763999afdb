import type { Result } from "effect"
import type { Generator } from "../../internal/Random.js"
import type { DatasetError } from "../DatasetError.js"
import { type ImageShape, imageBytes } from "../ImageSet.js"

/**
 * Which image of a run is changed: the run's seed, the epoch and the image's index in the set, 0-based.
 *
 * @category models
 */
export interface At {
  readonly seed: number
  readonly epoch: number
  readonly image: number
}

/**
 * Writes a changed copy of one image to `to`, with random numbers from `generator` alone, which is that of the image `at`.
 *
 * **Shapes** `from`, `to` `[height, width, channels]` uint8. **Ownership** both belong to the caller, and are used again for other images.
 *
 * @category models
 */
export type Apply = (from: Uint8Array, to: Uint8Array, generator: Generator, at: At) => void

/** A step made ready for images of one shape; fails where they do not allow it. */
export type Compiled = Result.Result<Apply, DatasetError>

/** A step's function from its data and the shape of the images. */
export type Compile<Step> = (step: Step, shape: ImageShape) => Compiled

/** Copies the image. */
export const identity: Apply = (from, to) => to.set(from)

/** Makes changes one after another; each writes the whole of an image and leaves what it reads as it is. */
export const sequence = (shape: ImageShape) => {
  const between = [new Uint8Array(imageBytes(shape)), new Uint8Array(imageBytes(shape))] as const
  return (steps: ReadonlyArray<Apply>, ...[from, to, generator, at]: Parameters<Apply>): void => {
    if (steps.length === 0) to.set(from)
    let source = from
    for (let i = 0; i < steps.length; i++) {
      const target = i === steps.length - 1 ? to : between[i & 1 ? 1 : 0]
      steps[i]!(source, target, generator, at)
      source = target
    }
  }
}

/** These changes in order. */
export const inOrder = (steps: ReadonlyArray<Apply>, shape: ImageShape): Apply => {
  const [first, second] = steps
  if (first !== undefined && second === undefined) return first
  const run = sequence(shape)
  return (from, to, generator, at) => run(steps, from, to, generator, at)
}
