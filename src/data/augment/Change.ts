import type { Result } from "effect"
import type { Generator } from "../../internal/Random.js"
import type { DatasetError } from "../DatasetError.js"
import type { ImageShape } from "../ImageSet.js"

/**
 * Writes a changed copy of one image to `to`, with random numbers from `generator` alone.
 *
 * **Shapes** `from`, `to` `[height, width, channels]` uint8. **Ownership** both belong to the caller, and are used again for other images.
 *
 * @category models
 */
export type Apply = (from: Uint8Array, to: Uint8Array, generator: Generator) => void

/** A step made ready for images of one shape; fails where they do not allow it. */
export type Compiled = Result.Result<Apply, DatasetError>

/** A step's function from its data and the shape of the images. */
export type Compile<Step> = (step: Step, shape: ImageShape) => Compiled
