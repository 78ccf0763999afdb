import { Result, Schema } from "effect"

/**
 * The size of one sample, without the batch: `[height, width, channels]` of an image, `[features]` of a vector.
 *
 * @category models
 */
export type Shape = ReadonlyArray<number>

/**
 * A whole number of at least 1.
 *
 * @category models
 */
export const Count = Schema.Int.check(Schema.isGreaterThanOrEqualTo(1))

/**
 * Why a shape does not fit a layer: what was expected, what came, what to change.
 *
 * @category models
 */
export interface Mismatch {
  readonly expected: string
  readonly actual: string
  readonly fix: string
}

/**
 * `[32, 32, 3]`.
 *
 * @category shapes
 */
export const show = (shape: Shape): string => `[${shape.join(", ")}]`

/**
 * How many numbers a tensor of this shape holds.
 *
 * @category shapes
 */
export const size = (shape: Shape): number => shape.reduce((product, length) => product * length, 1)

/**
 * The shape, if it is that of an image.
 *
 * @category shapes
 */
export const image = (
  shape: Shape
): Result.Result<readonly [height: number, width: number, channels: number], Mismatch> => {
  const [height, width, channels] = shape
  return height !== undefined && width !== undefined && channels !== undefined && shape.length === 3
    ? Result.succeed([height, width, channels])
    : Result.fail({
        expected: "an image [height, width, channels]",
        actual: show(shape),
        fix: "place this layer before flatten and globalAvgPool"
      })
}

/**
 * The image's shape, if it has as many channels as the layer was made for.
 *
 * @category shapes
 */
export const imageOf = (shape: Shape, channels: number): ReturnType<typeof image> =>
  image(shape).pipe(
    Result.filterOrFail(
      ([, , actual]) => actual === channels,
      ([, , actual]) => ({
        expected: `${channels} channels, for which this layer was made`,
        actual: `${actual} channels, ${show(shape)}`,
        fix: `make this layer for ${actual} channels, or let the layer before give ${channels}`
      })
    )
  )

/**
 * The output shape of a square window that slides over an image: `floor((length + 2 padding - size) / stride) + 1` along each side, as in PyTorch.
 *
 * @category shapes
 */
export const slide = (
  shape: Shape,
  window: { readonly size: number; readonly stride: number; readonly padding: number },
  channels: number
): Result.Result<Shape, Mismatch> => {
  const along = (length: number) => Math.floor((length + 2 * window.padding - window.size) / window.stride) + 1
  const output = [...shape.slice(0, 2).map(along), channels]
  return Math.min(...output) > 0
    ? Result.succeed(output)
    : Result.fail({
        expected: `an image of at least ${window.size - 2 * window.padding} pixels a side, to fit a window of ${window.size}`,
        actual: show(shape),
        fix: "use larger images, a smaller window, or fewer strides before it"
      })
}
