import { Result } from "effect"
import * as Dataset from "../../src/data/Dataset.js"
import * as ImageSet from "../../src/data/ImageSet.js"
import * as Random from "../../src/internal/Random.js"
import { chain, flatten, linear, named } from "../../src/model/Layers.js"
import type { Network } from "../../src/model/Network.js"

const shape = { height: 2, width: 2, channels: 1 }

/** Random images of four pixels, and for each which pixels are light, and the mean of the rows. */
const draw = (count: number, seed: number) => {
  const { below } = Random.make(seed, "tasks")
  const pixels = Uint8Array.from({ length: 4 * count }, () => below(256))
  const images = Array.from({ length: count }, (_, i) => Array.from(pixels.subarray(4 * i, 4 * i + 4)))
  const [first, second] = [images.map((image) => image.map((pixel) => (pixel > 127 ? 1 : 0))), images.map(rowMeans)]
  return {
    multiple: Result.getOrThrow(ImageSet.multiple(shape, pixels, first)),
    values: Result.getOrThrow(ImageSet.values(shape, pixels, second))
  }
}

const rowMeans = ([a = 0, b = 0, c = 0, d = 0]: ReadonlyArray<number>) => [(a + b) / 255 - 1, (c + d) / 255 - 1]

/** The images in memory, by task. */
export const train = draw(96, 1)
const test = draw(32, 2)

/** Images with several labels: which of their four pixels are light. */
export const multiple = Result.getOrThrow(
  Dataset.make({ name: "light", classNames: ["a", "b", "c", "d"], train: train.multiple, test: test.multiple })
)

/** Images with values: how light their rows are, from -1 to 1. */
export const values = Result.getOrThrow(
  Dataset.make({ name: "rows", classNames: ["upper", "lower"], train: train.values, test: test.values })
)

/** A linear network for such images. */
export const network = (classes: number): Network => ({
  name: "linear",
  input: shape,
  classes,
  body: chain(flatten, named("fc", linear(4, classes)))
})
